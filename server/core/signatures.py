"""Ed25519 (RFC 8032): public keys as people paste them, their fingerprints, and whether a signature holds."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

KEY_BYTES = 32
SIGNATURE_BYTES = 64
LONGEST_TEXT = 2000


class NotAKey(ValueError):
    """The text is not an Ed25519 public key."""


def public_key(text: str) -> bytes:
    """The 32 bytes of a key given as PEM, as an OpenSSH line, or as bare base64; NotAKey otherwise."""
    given = text.strip().encode("utf-8", "replace")
    if len(given) > LONGEST_TEXT:
        raise NotAKey
    try:
        if given.startswith(b"-----"):
            found = load_pem_public_key(given)
        elif given.startswith(b"ssh-"):
            found = load_ssh_public_key(given)
        else:
            raw = base64.b64decode(given, validate=True)
            found = Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, UnsupportedAlgorithm, binascii.Error):
        raise NotAKey from None
    if not isinstance(found, Ed25519PublicKey):
        raise NotAKey
    return found.public_bytes_raw()


def fingerprint(key: bytes) -> str:
    """By what people and programs name a key: SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(key).hexdigest()


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature over a message was made with the key's private half."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
