"""A browser without scripts: keeps cookies, reads pages, fills in their forms and sends them, CSRF token included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT = 30.0
VOID_BUTTONS = frozenset({"submit", "button", "reset", "image"})


@dataclass
class PageForm:
    """One form of a page with the values that a browser would send if nothing were typed."""

    method: str
    action: str
    multipart: bool = False
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Collects forms and plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.text: list[str] = []
        self._form: PageForm | None = None
        self._select: tuple[PageForm, str] | None = None
        self._area: tuple[PageForm, str] | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "form":
            self._form = PageForm(
                given.get("method", "get").lower(),
                given.get("action", ""),
                given.get("enctype", "").startswith("multi"),
            )
            self.forms.append(self._form)
            self.by_id[given.get("id", "")] = self._form
            return
        form = self.by_id.get(given.get("form", ""), self._form) if "form" in given else self._form
        if form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(form, name, given)
        elif tag == "select" and name:
            form.names.add(name)
            self._select = (form, name)
        elif tag == "option" and self._select and "selected" in given:
            self._select[0].values[self._select[1]] = [given.get("value", "")]
        elif tag == "textarea" and name:
            form.names.add(name)
            self._area = (form, name)
            form.values[name] = [""]

    def _input(self, form: PageForm, name: str, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text")
        form.names.add(name)
        if kind in VOID_BUTTONS or kind == "file":
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        form.values.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[0].values[self._area[1]][0] += data.removeprefix("\n")
        elif not self._silent:
            self.text.append(data)


@dataclass(frozen=True)
class Page:
    """An answer that was read: ``status``, ``url`` after redirects, ``text`` as people see it, ``html``, ``forms``."""

    status: int
    url: str
    html: str
    text: str
    forms: list[PageForm]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self, action: str) -> PageForm:
        """The form whose address ends with ``action`` (query aside)."""
        found = [form for form in self.forms if urlsplit(form.action).path.endswith(action)]
        assert found, f"no form for …{action} on {self.url}; there are {[form.action for form in self.forms]}"
        return found[0]

    def offers(self, action: str) -> bool:
        """Whether the page has such a form."""
        return any(urlsplit(form.action).path.endswith(action) for form in self.forms)


class Browser:
    """One person's browser on one service."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    def get(self, path: str, **params: Any) -> Page:
        """Open an address; redirects are followed as a browser does."""
        return self._read(self.http.get(urljoin(self.base_url, path), params=params or None, timeout=TIMEOUT))

    def submit(self, page: Page, action: str, /, **values: Any) -> Page:
        """Fill in one of the page's forms and send it. A value may be text, a list of texts, or None to leave it out."""
        form = page.form(action)
        unknown = set(values) - form.names
        assert not unknown, f"the form for …{action} has no {sorted(unknown)}, only {sorted(form.names)}"
        sent = {**form.values, **{name: _texts(value) for name, value in values.items() if value is not None}}
        for name in [name for name, value in values.items() if value is None]:
            sent.pop(name, None)
        where = urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self._read(self.http.get(where, params=sent, timeout=TIMEOUT))
        headers = {"Referer": page.url, "Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        if not form.multipart:
            return self._read(self.http.post(where, data=sent, headers=headers, timeout=TIMEOUT))
        parts = [(name, (None, text)) for name, texts in sent.items() for text in texts]
        return self._read(self.http.post(where, files=parts, headers=headers, timeout=TIMEOUT))

    def sign_in(self, login: str, password: str) -> Page:
        """By the form, with a password alone."""
        return self.submit(self.get("/admin/sign-in"), "/admin/sign-in", login=login, password=password)

    def close(self) -> None:
        self.http.close()

    @staticmethod
    def _read(answer: requests.Response) -> Page:
        reader = _Reader()
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            reader.feed(answer.text)
        text = " ".join(" ".join(reader.text).split())
        return Page(answer.status_code, answer.url, answer.text, text, reader.forms)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else [str(value)]
