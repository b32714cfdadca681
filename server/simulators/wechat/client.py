"""The mini program's side of HTTP, for tests and for the page where a person plays a citizen.

It behaves as wx.request does (wechat.md §3): a fixed Referer, no PATCH, no cookies, at most ten
requests at once, and any status that arrives is a success; failures are those of the line only.
"""

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import requests

METHODS = frozenset({"OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"})
PARALLEL = 10
LONGEST = 60.0
BASE_LIBRARY = "3.7.2"


class Fail(Exception):
    """What wx.request hands to ``fail``: no answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What wx.request hands to ``success``, whatever the status; ``data`` is JSON if it was any, else text."""

    status: int
    data: Any
    headers: Mapping[str, str]
    content: bytes = field(repr=False, default=b"")

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status < 400

    @property
    def code(self) -> str | None:
        """The stable code of a problem."""
        return self.data.get("code") if isinstance(self.data, dict) and not self.ok else None


@dataclass(slots=True)
class MiniProgram:
    """One phone with the mini program open.

    ``service_url`` is the origin of the service. ``env`` is release, trial or develop; outside release
    the Referer says build 0 and no version is known, as in WeChat. ``build`` is WeChat's number, ``git_sha`` what the
    bundle was built from, if it says so. ``timeout`` seconds at most 60.
    """

    service_url: str
    appid: str
    version: str = "1.4.2"
    build: int = 42
    env: str = "release"
    timeout: float = LONGEST
    base_library: str = BASE_LIBRARY
    platform: str = "android"
    git_sha: str = ""
    access_token: str | None = None
    refresh_token: str | None = None
    citizen: dict[str, Any] | None = None
    consent: dict[str, Any] | None = None
    _slots: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(PARALLEL), init=False, repr=False
    )

    @property
    def referer(self) -> str:
        """Set by WeChat, never by the mini program."""
        build = str(self.build) if self.env == "release" else "0"
        return f"https://servicewechat.com/{self.appid}/{build}/page-frame.html"

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        abort_after: float | None = None,
        authorised: bool = True,
    ) -> Answer:
        """One wx.request (or wx.uploadFile) below /api/v1; Fail when none came back in time.

        ``key`` is the Idempotency-Key; a POST without one gets a fresh one. ``abort_after`` seconds
        the phone gives up, as it does when it goes to the background.
        """
        verb = method.upper()
        if verb not in METHODS:
            raise ValueError(f"wx.request knows no {verb}")
        if files is not None and len(files) != 1:
            raise ValueError("wx.uploadFile sends one file a call")
        wanted = self._headers(verb, key, authorised=authorised) | dict(headers or {})
        data = None if body is None or files else json.dumps(body, ensure_ascii=False).encode()
        if not files:
            wanted.setdefault("Content-Type", "application/json")
        with self._slots, requests.Session() as session:
            session.trust_env = False
            try:
                got = session.request(
                    verb,
                    f"{self.service_url.rstrip('/')}/api/v1/{path.lstrip('/')}",
                    data=data,
                    files=files,
                    headers=wanted,
                    timeout=min(abort_after or self.timeout, LONGEST),
                )
            except requests.RequestException as error:
                raise Fail(f"request:fail {type(error).__name__}") from error
            with got:
                return Answer(got.status_code, _json_or_text(got), dict(got.headers), got.content)

    def get(self, path: str, **options: Any) -> Answer:
        """wx.request with GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """wx.request with POST and JSON."""
        return self.request("POST", path, {} if body is None else body, **options)

    def sign_in(self, code: str) -> Answer:
        """wx.login's code for our own tokens, which are kept for all that follows."""
        answer = self.post("sessions", {"code": code}, authorised=False)
        self._keep(answer)
        return answer

    def refresh(self) -> Answer:
        """New tokens for the refresh token."""
        answer = self.post("sessions/refresh", {"refresh_token": self.refresh_token}, authorised=False)
        self._keep(answer)
        return answer

    def sign_out(self) -> Answer:
        """End this session."""
        answer = self.request("DELETE", "sessions/current")
        self.access_token = self.refresh_token = self.citizen = self.consent = None
        return answer

    def give_consent(self, version: int | None = None, scopes: Sequence[str] | None = None) -> Answer:
        """Agree to all that the current privacy notice asks for, or to the given version and scopes."""
        if version is None or scopes is None:
            notice = self.get("privacy-notice").data
            version = int(notice["version"]) if version is None else version
            scopes = [item["key"] for item in notice["items"]] if scopes is None else scopes
        return self.post("me/consents", {"version": version, "scopes": list(scopes)})

    def set_phone(self, code: str) -> Answer:
        """The code of the getPhoneNumber button."""
        return self.post("me/phone", {"code": code})

    def upload(self, data: bytes, name: str = "screenshot.png", content_type: str = "image/png") -> Answer:
        """wx.uploadFile: one picture."""
        return self.request("POST", "uploads", files={"file": (name, data, content_type)})

    def report(self, text: str, upload_ids: Sequence[str] = (), **options: Any) -> Answer:
        """A bug report with the context of this phone; ``title``, ``page`` and ``key`` may be given."""
        key = options.pop("key", None)
        page = options.pop("page", "pages/tickets/new")
        body = {"kind": "bug", "text": text, "upload_ids": list(upload_ids), "device": self.device(page), **options}
        return self.post("tickets", body, key=key)

    def comment(self, ticket_id: str, text: str, upload_ids: Sequence[str] = ()) -> Answer:
        """A reply in the ticket's talk."""
        return self.post(f"tickets/{ticket_id}/comments", {"text": text, "upload_ids": list(upload_ids)})

    def rate(self, ticket_id: str, stars: int, text: str = "") -> Answer:
        """One to five stars."""
        return self.post(f"tickets/{ticket_id}/rating", {"stars": stars, "text": text})

    def reopen(self, ticket_id: str, reason: str) -> Answer:
        """It was not solved."""
        return self.post(f"tickets/{ticket_id}/reopen", {"reason": reason})

    def subscribe(self, results: Mapping[str, str]) -> Answer:
        """Tell the service what the pop-up was answered with."""
        return self.post("subscriptions", {"results": dict(results)})

    def device(self, page: str = "pages/index/index") -> dict[str, Any]:
        """What wx.getDeviceInfo and its sisters say on this phone."""
        return {
            "app_version": self.version if self.env == "release" else "",
            "app_env": self.env,
            "app_build": f"{self.version}+{self.build}",
            "base_library": self.base_library,
            "platform": "android",
            "system": "Android 14",
            "model": "Simulator X1",
            "wechat_version": "8.0.56",
            "network": "wifi",
            "page": page,
        }

    @classmethod
    def of(cls, service_url: str, state: Mapping[str, Any]) -> Self:
        """A phone for the mini program that a simulator's /_sim/state describes."""
        return cls(service_url, appid=state["appid"], version=state["app_version"], build=state["build"])

    def _headers(self, verb: str, key: str | None, *, authorised: bool) -> dict[str, str]:
        headers = {
            "Referer": self.referer,
            "User-Agent": f"Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.56 MiniProgramEnv/{self.base_library}",
            "Accept": "application/json",
            "X-App-Env": self.env,
            "X-App-Build": f"{self.version}+{self.git_sha or self.build}",
            "X-Base-Lib": self.base_library,
            "X-App-Platform": self.platform,
            "X-Request-Id": uuid.uuid4().hex,
        }
        if self.env == "release":  # elsewhere WeChat does not tell the version
            headers["X-App-Version"] = self.version
        if verb == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        if authorised and self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        return headers

    def _keep(self, answer: Answer) -> None:
        if answer.ok and isinstance(answer.data, dict):
            self.access_token = answer.data.get("access_token")
            self.refresh_token = answer.data.get("refresh_token")
            self.citizen = answer.data.get("citizen", self.citizen)
            self.consent = answer.data.get("consent", self.consent)


def _json_or_text(got: requests.Response) -> Any:
    """wx.request parses what looks like JSON, after dropping one BOM."""
    try:
        return json.loads(got.content.decode("utf-8-sig"))
    except ValueError:
        return got.text
