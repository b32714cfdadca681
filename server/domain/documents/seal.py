"""The server's seal on a PDF: one comment line behind the paper's end that says what it is, and proves its bytes.

The line is ``%SHIJIAN-SEAL:`` and base64 of canonical JSON: the paper's facts, the SHA-256 of every byte before the line,
the public key, and an Ed25519 signature over all that. After it the paper's own ending (``startxref … %%EOF``) stands
once more, word for word, because readers look for it in the last kilobyte. Nothing else may follow.

Whoever has the file and the public key can check it; no database is needed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.core import crypto, signatures
from server.core.enums import Labelled

MARK = b"%SHIJIAN-SEAL:"
LINE_START = b"\n" + MARK
FORMAT = 1
PARTS = frozenset({"format", "facts", "sha256", "key", "public_key", "signature"})
LONGEST_LINE = 256 * 1024
_ENDING = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\Z")
_HEX = re.compile(r"[0-9a-f]{64}")


class SealResult(Labelled):
    """What a look at the file alone can say."""

    INTACT = "intact", "完好"
    CHANGED = "changed", "已被改动"
    UNKNOWN_KEY = "unknown_key", "封印密钥不明"
    UNSEALED = "unsealed", "没有服务端封印"


@dataclass(frozen=True, slots=True)
class SealKey:
    """A key that seals: its id, and the seed of its private half."""

    id: str
    seed: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public half."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The signature over a message."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is found in a file: the result, each fault in a Chinese sentence, and what the seal says of the paper.

    ``facts`` are believed only with INTACT. ``sha256`` is that of the whole file as it is now.
    """

    result: SealResult
    findings: tuple[str, ...]
    sha256: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    key_id: str = ""
    public_key: bytes = b""

    @property
    def intact(self) -> bool:
        """Whether not a byte is different from what was sealed by a key that is known."""
        return self.result is SealResult.INTACT

    @property
    def fingerprint(self) -> str:
        """The name of the key: SHA-256 of its 32 bytes."""
        return signatures.fingerprint(self.public_key) if self.public_key else ""


def current_key() -> SealKey:
    """The key that seals today. It comes from the first of SHIJIAN_FIELD_KEYS and changes when that is rotated."""
    ring = crypto.ring()
    return _derived(ring.current, ring.keys[ring.current])


def ring_keys() -> list[SealKey]:
    """The seal keys of every field key that is still in the ring, the current one first."""
    ring = crypto.ring()
    rest = [key_id for key_id in ring.keys if key_id != ring.current]
    return [_derived(key_id, ring.keys[key_id]) for key_id in (ring.current, *rest)]


def sealed(pdf: bytes, facts: Mapping[str, Any]) -> bytes:
    """The PDF with its seal. ``facts`` are JSON values: texts, numbers, lists, mappings. ValueError for what is no PDF,
    or is sealed already.
    """
    ending = _ENDING.search(pdf[-1024:])
    if not pdf.startswith(b"%PDF-") or ending is None:
        raise ValueError("not a whole PDF")
    if LINE_START in pdf:
        raise ValueError("sealed already")
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    key = current_key()
    told: dict[str, Any] = {
        "format": FORMAT,
        "facts": dict(facts),
        "sha256": hashlib.sha256(body).hexdigest(),
        "key": key.id,
        "public_key": base64.b64encode(key.public).decode(),
    }
    told["signature"] = base64.b64encode(key.sign(canonical(told))).decode()
    return body + MARK + base64.b64encode(canonical(told)) + b"\n" + _ending_of(body)


def unsealed(data: bytes, *, trusted: Collection[bytes] | None = None) -> Checked:
    """What the file proves. ``trusted``: the public keys (32 bytes each) that may have sealed it; None asks of no key, so
    that INTACT then only says that the file is as *some* holder of a key sealed it.
    """
    whole = hashlib.sha256(data).hexdigest()
    count = data.count(LINE_START)
    if count == 0:
        return Checked(SealResult.UNSEALED, ("文件中没有本系统的封印，无法凭文件验证。",), whole)
    if count > 1:
        return Checked(SealResult.CHANGED, ("文件中有不止一个封印，文件被拼接或追加过内容。",), whole)
    start = data.index(LINE_START) + 1
    end = data.find(b"\n", start)
    told = _read(data[start + len(MARK) : end]) if end > start else None
    if told is None:
        return Checked(SealResult.CHANGED, ("封印已损坏，文件被改动过。",), whole)
    public = base64.b64decode(told["public_key"])
    findings = _faults(data[:start], data[end + 1 :], told, public)
    result = SealResult.CHANGED if findings else SealResult.INTACT
    if not findings and trusted is not None and public not in set(trusted):
        result, findings = SealResult.UNKNOWN_KEY, ["封印不是用本系统的密钥制作的，不能采信。"]
    return Checked(result, tuple(findings), whole, told["facts"], told["key"], public)


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def pem_of(public: bytes) -> str:
    """A public key as PEM, for people to keep."""
    # the fixed beginning of every Ed25519 SubjectPublicKeyInfo (RFC 8410)
    der = bytes.fromhex("302a300506032b6570032100") + public
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def _faults(body: bytes, rest: bytes, told: Mapping[str, Any], public: bytes) -> list[str]:
    found: list[str] = []
    unsigned = {name: value for name, value in told.items() if name != "signature"}
    if not signatures.holds(public, base64.b64decode(told["signature"]), canonical(unsigned)):
        found.append("封印的签名不成立，封印内容被改动过。")
    if hashlib.sha256(body).hexdigest() != told["sha256"]:
        found.append("文件内容与封印不符：正文被改动过，或封印取自另一份文件。")
    if rest != _ending_of(body):
        found.append("封印之后的内容被改动过或有追加内容。")
    return found


def _read(line: bytes) -> dict[str, Any] | None:
    """What a line says, if it is spelled in the one way in which we spell it."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        raw = base64.b64decode(line, validate=True)
        told = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(told, dict) or set(told) != PARTS or base64.b64encode(raw) != line:
        return None
    return told if _is_whole(told) and canonical(told) == raw else None


def _is_whole(told: Mapping[str, Any]) -> bool:
    if told["format"] != FORMAT or not isinstance(told["facts"], dict) or not isinstance(told["key"], str):
        return False
    if not isinstance(told["sha256"], str) or not _HEX.fullmatch(told["sha256"]):
        return False
    lengths = (("public_key", signatures.KEY_BYTES), ("signature", signatures.SIGNATURE_BYTES))
    return all(_is_base64(told[name], length) for name, length in lengths)


def _is_base64(text: Any, length: int) -> bool:
    """Whether a text is that many bytes in the one way of spelling them: a last sign may carry bits that nobody reads."""
    try:
        raw = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (ValueError, binascii.Error):
        return False
    return len(raw) == length and base64.b64encode(raw).decode() == text


def _ending_of(body: bytes) -> bytes:
    found = _ENDING.search(body[-1024:])
    return found.group() if found else b""


def _derived(key_id: str, secret: bytes) -> SealKey:
    info = f"shijian document seal {key_id}".encode()
    return SealKey(key_id, HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret))
