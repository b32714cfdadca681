"""What a browser would send for a form of a page as it stands, so that tests change only what they are about."""

from __future__ import annotations

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.found: MultiDict[str, str] = MultiDict()
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        if not self.inside:
            return
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and "disabled" not in given and kind not in {"submit", "button"}:
            if kind not in {"checkbox", "radio"} or "checked" in given:
                self.found.add(name, given.get("value", ""))
        elif tag == "textarea":
            self.area = name
            self.found.add(name, "")
        elif tag == "select":
            self.select = name
            self.found.setlist(name, [""])
        elif tag == "option" and self.select and "selected" in given:
            self.found[self.select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.found[self.area] = self.found[self.area] + data


def fields_of(html: str, form_id: str) -> MultiDict[str, str]:
    """Every field of a form with what stands in it; boxes that are not ticked are not sent."""
    form = _Form(form_id)
    form.feed(html)
    assert form.found, f"no form {form_id}"
    return form.found
