"""wechatpy's client with its faults closed (wechat.md §1.3): every call to WeChat goes through here.

A call is tried twice at most, and only when WeChat did not take the token; what is sent are bytes, so a second try
sends the same. An answer is JSON, or a picture where one was asked for, or an error. Nothing follows a redirect,
waits without end, or reads without limit.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as BrokenAnswer
from wechatpy import WeChatClient

from server.gateways.wechat import breaker, state
from server.gateways.wechat.calls import MiniAPI
from server.gateways.wechat.config import WechatConfig
from server.gateways.wechat.errors import TOKEN_CODES, WechatBusy, WechatDown, WechatError, WechatRefused, error_for
from server.gateways.wechat.state import WechatState
from server.gateways.wechat.tokens import PATH as TOKEN_PATH
from server.gateways.wechat.tokens import Fetched, TokenStore

log = logging.getLogger(__name__)

OK = 200
CHUNK = 64 * 1024
MOST_BYTES = 8 * 1024 * 1024
NOT_SENT = (requests.exceptions.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Pairs = Sequence[tuple[str, str]]


class MiniClient(WeChatClient):  # type: ignore[misc]  # wechatpy is not typed
    """One mini program's client. ``mini`` holds the calls that wechatpy lacks."""

    mini = MiniAPI()

    def __init__(self, config: WechatConfig) -> None:
        super().__init__(config.appid, config.secret, timeout=config.timeout, auto_retry=False)
        self.API_BASE_URL = config.base_url.rstrip("/") + "/"
        self.config = config
        self.tokens = TokenStore(self.state_key, self._fetch_token)
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._http.max_redirects = 0
        # A proxy of the environment leads out to WeChat, never to a simulator on this machine.
        self._http.trust_env = urlsplit(config.base_url).hostname not in LOOPBACK

    @property
    def state_key(self) -> str:
        """The key of the row that all workers share: one for each kind of token."""
        key: str = self.appid
        return key

    @property
    def access_token(self) -> str:
        """The token that all workers share."""
        return self.tokens.current()

    def fetch_access_token(self) -> str:
        """wechatpy's name for the same: here it only fetches when the shared token is gone."""
        return self.tokens.current()

    def _request(
        self,
        method: str,
        url_or_endpoint: str,
        *,
        params: Mapping[str, str] | Pairs | None = None,
        data: Mapping[str, Any] | None = None,
        image: bool = False,
        **_ignored: Any,
    ) -> Any:
        """One call. ``params`` as a list of pairs means that it goes without a token (wechatpy's own convention)."""
        path = url_or_endpoint
        if not self.config.ready:
            raise WechatRefused(41002, "appid or secret is not configured", path=path)
        body = None if data is None else json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        row = state.read(self.state_key)
        breaker.admit(row, path)
        try:
            if isinstance(params, Sequence):
                answer = self._once(method, path, list(params), body, image)
            else:
                answer = self._with_token(method, path, list((params or {}).items()), body, image, row)
        except WechatDown:
            raise
        except WechatError:
            breaker.answered(row)
            raise
        breaker.answered(row)
        return answer

    def _with_token(self, method: str, path: str, pairs: Any, body: bytes | None, image: bool, row: WechatState) -> Any:
        """With the shared token; once more with a new one if WeChat does not take it, and never a third time."""
        token = self.tokens.current(row)
        name = self._token_name(path)
        try:
            return self._once(method, path, [(name, token), *pairs], body, image)
        except WechatBusy as error:
            if error.errcode not in TOKEN_CODES:
                raise
        self.tokens.forget(token)
        token = self.tokens.current()
        try:
            return self._once(method, path, [(name, token), *pairs], body, image)
        except WechatBusy as error:
            if error.errcode in TOKEN_CODES:
                self.tokens.forget(token)
            raise

    def _token_name(self, _path: str) -> str:
        """What a call's token is called in its address."""
        return "access_token"

    def _fetch_token(self) -> Fetched:
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        answer = self._once("post", TOKEN_PATH, [], json.dumps(body).encode(), image=False)
        token, expires_in = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(expires_in, int) or expires_in <= 0:
            raise WechatDown("no token in the answer", path=TOKEN_PATH, maybe_done=False)
        return Fetched(token, expires_in)

    def _once(self, method: str, path: str, params: list[tuple[str, str]], body: bytes | None, image: bool) -> Any:
        started = time.monotonic()
        try:
            answer = self._answer(method, path, params, body, image)
        except WechatDown as error:
            breaker.failed(self.state_key)
            self._log(path, started, error)
            raise
        except WechatError as error:
            self._log(path, started, error)
            raise
        self._log(path, started, None)
        return answer

    def _answer(self, method: str, path: str, params: list[tuple[str, str]], body: bytes | None, image: bool) -> Any:
        status, kind, content = self._exchange(method, path, params, body)
        if status != OK:
            raise WechatDown(f"HTTP {status}", path=path, maybe_done=True)
        if image and kind.startswith("image/"):
            if not content:
                raise WechatDown("an empty picture", path=path, maybe_done=True)
            return content
        answer = _parsed(content, path)
        if image:
            raise WechatDown("no picture in the answer", path=path, maybe_done=True)
        return answer

    def _exchange(
        self, method: str, path: str, params: list[tuple[str, str]], body: bytes | None
    ) -> tuple[int, str, bytes]:
        """Status, content type and bytes. The library's errors carry the address with its secrets: none gets out."""
        deadline = time.monotonic() + self.config.connect_timeout + self.config.timeout
        try:
            with self._http.request(
                method.upper(),
                self.API_BASE_URL + path,
                params=params,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=(self.config.connect_timeout, self.config.timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                kind = response.headers.get("Content-Type", "").lower()
                return response.status_code, kind, _read(response, deadline)
        except requests.RequestException as error:
            raise WechatDown(_name(error), path=path, maybe_done=not _not_sent(error)) from None
        except (BrokenAnswer, OSError, ValueError, _TooMuch) as error:
            raise WechatDown(_name(error), path=path, maybe_done=True) from None

    def _log(self, path: str, started: float, error: WechatError | None) -> None:
        extra: dict[str, Any] = {"path": path, "ms": round((time.monotonic() - started) * 1000, 1)}
        if error is None:
            log.info("wechat call", extra=extra)
            return
        extra |= {"errcode": error.errcode, "rid": error.rid, "errmsg": error.errmsg, "remedy": error.remedy.value}
        log.log(logging.ERROR if error.alert else logging.WARNING, "wechat call failed", extra=extra)


class _TooMuch(Exception):
    """An answer that is too long, or takes too long to come."""


def _read(response: requests.Response, deadline: float) -> bytes:
    """The body, within a size and a time: a server that drips a byte a second would never meet a read time-out."""
    found = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        found += chunk
        if len(found) > MOST_BYTES or time.monotonic() > deadline:
            raise _TooMuch
    length = response.headers.get("Content-Length", "")
    if length.isdigit() and "Content-Encoding" not in response.headers and len(found) < int(length):
        raise _TooMuch
    return bytes(found)


def _not_sent(error: requests.RequestException) -> bool:
    """Whether the request certainly did not reach WeChat: there was no connection to send it on."""
    if isinstance(error, NOT_SENT):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(error, requests.ConnectionError) and type(reason).__name__ in (
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
    )


def _name(error: Exception) -> str:
    return type(error).__name__


def _parsed(content: bytes, path: str) -> dict[str, Any]:
    """The JSON object of an answer; its errcode, if it has one, has to be 0."""
    try:
        answer = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise WechatDown("the answer is not JSON", path=path, maybe_done=True) from None
    if not isinstance(answer, dict):
        raise WechatDown("the answer is not a JSON object", path=path, maybe_done=True)
    try:
        errcode = int(answer.get("errcode") or 0)
    except (TypeError, ValueError):
        raise WechatDown("the errcode is not a number", path=path, maybe_done=True) from None
    if errcode:
        raise error_for(errcode, str(answer.get("errmsg", "")), path)
    return answer
