"""Fields that must not lie open: authenticated encryption with a key ring, blind indexes, and keyed seals.

A sealed text is ``<key id>.<base64url(nonce + ciphertext + tag)>``. Its place (``table:column:row``) is bound in as
associated data, so a value moved to another row does not open. Ciphers: AES-256-GCM, or SM4-GCM with SM3 where the
commercial-cryptography review asks for it.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

NONCE = 12
TAG = 16


class CipherName(StrEnum):
    """Which ciphers the installation uses."""

    AES = "aes"
    SM = "sm"


class Unsealable(Exception):
    """A sealed value that does not open: wrong key, wrong place, or changed bytes."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id, 32 bytes each; ``current`` seals, all open. ``index_key`` is the blind index's and never rotates."""

    keys: Mapping[str, bytes]
    current: str
    index_key: bytes
    cipher: CipherName = CipherName.AES

    def seal(self, text: str, place: str) -> str:
        """A text sealed for its place."""
        nonce = os.urandom(NONCE)
        body = _encrypt(self.cipher, self.keys[self.current], nonce, text.encode(), place.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + body).decode()}"

    def unseal(self, sealed: str, place: str) -> str:
        """The text again; Unsealable if key, place or bytes are not those of the sealing."""
        key_id, _, body = sealed.partition(".")
        if key_id not in self.keys:
            raise Unsealable(f"no key {key_id}")
        try:
            raw = base64.urlsafe_b64decode(body)
            return _decrypt(self.cipher, self.keys[key_id], raw, place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable(place) from error

    def is_current(self, sealed: str) -> bool:
        """Whether a value is sealed by the current key, so that rotation can pass it over."""
        return sealed.startswith(f"{self.current}.")

    def blind_index(self, text: str, purpose: str) -> str:
        """A keyed digest in hex by which an encrypted value can be found when it is known whole."""
        return self.mac(purpose.encode() + b"\0" + text.encode())

    def mac(self, message: bytes) -> str:
        """A keyed digest in hex (HMAC-SHA-256, or HMAC-SM3)."""
        if self.cipher is CipherName.SM:
            sm3 = HMAC(self.index_key, hashes.SM3())
            sm3.update(message)
            return sm3.finalize().hex()
        return hmac.new(self.index_key, message, sha256).hexdigest()


def _encrypt(cipher: CipherName, key: bytes, nonce: bytes, text: bytes, place: bytes) -> bytes:
    if cipher is CipherName.AES:
        return AESGCM(key).encrypt(nonce, text, place)
    encryptor = _Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def _decrypt(cipher: CipherName, key: bytes, raw: bytes, place: bytes) -> bytes:
    nonce, body = raw[:NONCE], raw[NONCE:]
    if cipher is CipherName.AES:
        return AESGCM(key).decrypt(nonce, body, place)
    decryptor = _Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, body[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(place)
    return decryptor.update(body[:-TAG]) + decryptor.finalize()


_installed: list[KeyRing] = []


def install(ring: KeyRing) -> None:
    """Make a key ring the process's own; called once where the application is put together."""
    _installed[:] = [ring]


def ring() -> KeyRing:
    """The process's key ring."""
    return _installed[0]
