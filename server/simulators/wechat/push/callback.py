"""The developer's callback: its settings, its verification, and how one push looks on the wire."""

import base64
import json
import random
from dataclasses import asdict, dataclass
from typing import Any

import requests

from server.simulators.wechat.clock import Clock
from server.simulators.wechat.config import Config, ConfigError, PushMode, PushSafety
from server.simulators.wechat.push import crypto, events


@dataclass(slots=True)
class Callback:
    """What the bureau typed into the console's message-push page."""

    appid: str
    url: str
    token: str
    aes_key: str
    mode: PushMode
    safety: PushSafety

    @classmethod
    def of(cls, config: Config) -> "Callback":
        """As configured at start."""
        return cls(
            config.appid, config.callback_url, config.token, config.aes_key, config.push_mode, config.push_safety
        )

    @classmethod
    def of_platform(cls, config: Config, url: str) -> "Callback":
        """One of the platform's two; a platform is always pushed encrypted XML."""
        url = url.replace("$APPID$", config.appid)
        return cls(config.component_appid, url, config.component_token, config.component_aes_key, "xml", "safe")

    def change(self, values: dict[str, Any]) -> None:
        """Set the named fields; ConfigError for what the console would not take."""
        unknown = set(values) - {"url", "token", "aes_key", "mode", "safety"}
        if unknown:
            raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
        new = {**asdict(self), **values}
        Config(
            appid=self.appid,
            callback_url=new["url"],
            token=new["token"],
            aes_key=new["aes_key"],
            push_mode=new["mode"],
            push_safety=new["safety"],
        )
        for name, value in values.items():
            setattr(self, name, value)


@dataclass(frozen=True, slots=True)
class Letter:
    """One HTTP request to the callback."""

    params: dict[str, str]
    body: bytes
    content_type: str


def write(
    callback: Callback, body: dict[str, Any], clock: Clock, rng: random.Random, *, fault: str | None = None
) -> Letter:
    """The signed, and in safe mode encrypted, request; ``fault`` spoils it in the way that it names."""
    timestamp, nonce = str(clock.stamp()), str(rng.randrange(10**8, 10**10))
    token = "not-the-token" if fault == "bad_signature" else callback.token
    params = {"signature": crypto.sign(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    params["openid"] = str(body.get("FromUserName", ""))
    xml = callback.mode == "xml"
    text = events.to_xml(body) if xml else json.dumps(body, ensure_ascii=False)
    if callback.safety == "safe" and fault != "plaintext":
        appid = "wxffffffffffffffff" if fault == "wrong_appid" else callback.appid
        encrypted = crypto.encrypt(callback.aes_key, text.encode(), appid, rng.randbytes(crypto.NOISE))
        if fault == "bad_cipher":
            encrypted = base64.b64encode(rng.randbytes(128)).decode()
        params |= {"encrypt_type": "aes", "msg_signature": crypto.sign(token, timestamp, nonce, encrypted)}
        to = "ToUserName" if "ToUserName" in body else "AppId"
        envelope = {to: body[to], "Encrypt": encrypted}
        text = events.to_xml(envelope) if xml else json.dumps(envelope)
    return Letter(params, text.encode(), "text/xml" if xml else "application/json")


def verify(callback: Callback, clock: Clock, rng: random.Random, timeout: float) -> dict[str, Any]:
    """Ask the callback for its echo, as the console does before it saves the URL."""
    if not callback.url:
        return {"ok": False, "error": "no callback"}
    timestamp, nonce = str(clock.stamp()), str(rng.randrange(10**8, 10**10))
    echo = str(rng.randrange(10**18, 10**19))
    params = {
        "signature": crypto.sign(callback.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "echostr": echo,
    }
    try:
        answer = send("GET", callback.url, params=params, timeout=timeout)
    except requests.RequestException as error:
        return {"ok": False, "error": type(error).__name__}
    with answer:
        return {
            "ok": answer.status_code == 200 and answer.text == echo,
            "status": answer.status_code,
            "body": answer.text[:500],
        }


def send(method: str, url: str, **options: Any) -> requests.Response:
    """One request that ignores proxies of the environment: everything here is loopback."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, allow_redirects=False, **options)
