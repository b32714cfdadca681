"""WeChat's pushes: is it WeChat that speaks, is it for us, and what does it say (wechat.md §1.6).

Every bad input ends as one exception, ``BadPush``, whose reason goes to the log and never to the sender. The signature
is checked before anything is opened; in safe mode it covers the ciphertext, in plain mode only the time and nonce, so
there the body is as trustworthy as the network.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.utils import WeChatSigner

from server.core import clock
from server.gateways.wechat.config import WechatConfig

MOST_BYTES = 64 * 1024
MOST_DEPTH = 8
AGE_SECONDS = 300
BLOCK = 32
NOISE = 16
PLATFORM = "platform."
AUDITED = "weapp_audit_"
KIND = re.compile(r"[A-Za-z0-9_]{1,64}")
NUMBER = re.compile(r"\d{1,12}")


class BadPush(Exception):
    """Not a push of WeChat's for this mini program, or not one that can be read. For the log only."""


@dataclass(frozen=True, slots=True)
class Push:
    """One push. ``kind`` is the event's name, or the message's type; ``nonce_mark`` names the signed address it used."""

    kind: str
    body: Mapping[str, Any]
    dedupe_key: str
    nonce_mark: str


def verify_address(config: WechatConfig, args: Mapping[str, str]) -> str:
    """The echo by which WeChat sees that this address is ours, or BadPush."""
    _check_signature(config, args, args.get("signature", ""))
    echo = args.get("echostr", "")
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,128}", echo):
        raise BadPush("no echostr")
    return echo


def read_push(config: WechatConfig, args: Mapping[str, str], raw: bytes) -> Push:
    """The push in a request's query arguments and body, or BadPush."""
    if len(raw) > MOST_BYTES:
        raise BadPush("too long")
    try:
        body = _read_safe(config, args, raw) if config.push_safe else _read_plain(config, args, raw)
        return _push(args, body, appids=(config.appid,))
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError, struct.error) as error:
        raise BadPush(type(error).__name__) from error


def read_platform_push(config: WechatConfig, args: Mapping[str, str], raw: bytes, *, about: str | None = None) -> Push:
    """The push that the platform got: about a mini program that authorised it, or (None) about the platform itself.

    What only a platform is told has a kind that begins with ``platform.``, so that nothing that came by the mini
    program's own address can be taken for it. What a mini program's people do reads the same by either way.
    """
    if len(raw) > MOST_BYTES:
        raise BadPush("too long")
    try:
        body = _read_safe(config, args, raw)
        if about is not None:
            found = _push(args, body, appids=(config.appid, about))
        elif body.get("AppId") == config.appid:
            found = _push(args, body | {"MsgType": body.get("InfoType"), "Event": None}, appids=(config.appid,))
        else:
            raise BadPush("for another platform")
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError, struct.error) as error:
        raise BadPush(type(error).__name__) from error
    told_platforms_only = about is None or found.kind.startswith(AUDITED)
    return replace(found, kind=f"{PLATFORM}{found.kind}") if told_platforms_only else found


def rows_of(push_body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a subscribe event: one or many, in JSON at the top, in XML inside an element of their own."""
    found = push_body.get("List")
    if found is None:
        boxes = [value for name, value in push_body.items() if name.startswith("SubscribeMsg")]
        found = boxes[0] if boxes else []
        if isinstance(found, dict):
            found = found.get("List", [])
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]


def _read_plain(config: WechatConfig, args: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    _check_signature(config, args, args.get("signature", ""))
    body = _parsed(raw)
    if "Encrypt" in body:
        raise BadPush("encrypted, though plain was agreed")
    return body


def _read_safe(config: WechatConfig, args: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    if args.get("encrypt_type") != "aes":
        raise BadPush("plain, though safe was agreed")
    envelope = _parsed(raw)
    encrypted = envelope.get("Encrypt")
    if not isinstance(encrypted, str) or not encrypted:
        raise BadPush("nothing encrypted inside")
    _check_signature(config, args, args.get("msg_signature", ""), encrypted)
    return _parsed(_decrypted(config, encrypted))


def _check_signature(config: WechatConfig, args: Mapping[str, str], given: str, *more: str) -> None:
    """SHA-1 over the sorted parts, compared in constant time, and not older (or newer) than five minutes."""
    if not config.push_token:
        raise BadPush("no push token is configured")
    timestamp, nonce = args.get("timestamp", ""), args.get("nonce", "")
    signer = WeChatSigner()
    signer.add_data(config.push_token, timestamp, nonce, *more)
    if not hmac.compare_digest(signer.signature.encode(), given.lower().encode(errors="replace")):
        raise BadPush("wrong signature")
    if not NUMBER.fullmatch(timestamp) or abs(clock.now().timestamp() - int(timestamp)) > AGE_SECONDS:
        raise BadPush("not of this hour")


def _decrypted(config: WechatConfig, encrypted: str) -> bytes:
    """16 random bytes, length, message, appid; AES-256-CBC with PKCS#7 to 32 bytes. Each part is checked."""
    key = base64.b64decode(config.push_aes_key + "=")
    cipher_text = base64.b64decode(encrypted, validate=True)
    if not cipher_text or len(cipher_text) % 16:
        raise BadPush("not whole blocks")
    padded: bytes = WeChatCipher(key).decrypt(cipher_text)
    rest = padded[-1]
    if not 1 <= rest <= BLOCK or padded[-rest:] != bytes([rest]) * rest:
        raise BadPush("bad padding")
    plain = padded[NOISE:-rest]
    (length,) = struct.unpack(">I", plain[:4])
    message, appid = plain[4 : 4 + length], plain[4 + length :]
    if len(message) != length or not hmac.compare_digest(appid, config.appid.encode()):
        raise BadPush("for another mini program")
    return message


def _parsed(raw: bytes) -> dict[str, Any]:
    """JSON or XML, told apart by the first character, as a dictionary of texts, numbers, lists and dictionaries."""
    text = raw.decode("utf-8").strip()
    body = _from_xml(text) if text.startswith("<") else json.loads(text, parse_constant=_no_constant)
    if not isinstance(body, dict):
        raise BadPush("not an object")
    _depth(body, 0)
    json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate is not text that a database keeps
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _depth(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise BadPush("too deep")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _depth(child, depth + 1)


def _from_xml(text: str) -> dict[str, Any]:
    try:
        root = fromstring(text, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (ParseError, DefusedXmlException) as error:
        raise BadPush(type(error).__name__) from error
    found = _element(root, 0)
    if root.tag != "xml" or not isinstance(found, dict):
        raise BadPush("not WeChat's XML")
    return found


def _element(element: Element, depth: int) -> Any:
    """An element's text, or its children by name; children of one name become a list."""
    if depth > MOST_DEPTH:
        raise BadPush("too deep")
    if len(element) == 0:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        value = _element(child, depth + 1)
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[child.tag] = value
    return found


def _push(args: Mapping[str, str], body: dict[str, Any], *, appids: Sequence[str]) -> Push:
    for name in ("appid", "AppID"):
        if body.get(name) not in (None, "", *appids):
            raise BadPush("for another mini program")
    kind = body.get("Event") if body.get("MsgType") == "event" else body.get("MsgType")
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise BadPush("neither message nor event")
    used = "\n".join(args.get(name, "") for name in ("signature", "msg_signature", "timestamp", "nonce"))
    return Push(kind, body, _dedupe_key(body), hashlib.sha256(used.encode()).hexdigest())


def _dedupe_key(body: Mapping[str, Any]) -> str:
    """The same for each repetition of one push: its MsgId, or (events have none) all that it says.

    Sender, time and event alone would make one of two messages that were sent to a person in the same second.
    """
    if body.get("MsgId"):
        parts: Any = ["msg", str(body.get("FromUserName", "")), str(body["MsgId"])]
    else:
        parts = ["event", body]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
