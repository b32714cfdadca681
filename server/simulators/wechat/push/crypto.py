"""Signature and safe mode of pushes, written from wechat.md §1.6 and nothing else.

Tests hold it against wechatpy's implementation, so it must not use that one.
"""

import base64
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from server.simulators.wechat.config import aes_key_bytes

BLOCK = 32
NOISE = 16


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts: token, timestamp, nonce, and in safe mode the ciphertext."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(key: str, message: bytes, appid: str, noise: bytes) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the message and the appid."""
    if len(noise) != NOISE:
        raise ValueError("noise must be 16 bytes")
    secret = aes_key_bytes(key)
    plain = noise + struct.pack(">I", len(message)) + message + appid.encode()
    rest = BLOCK - len(plain) % BLOCK
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([rest]) * rest) + cipher.finalize()).decode()


def decrypt(key: str, encrypted: str) -> tuple[bytes, str]:
    """The message and the appid; ValueError when it is not ours."""
    secret = aes_key_bytes(key)
    cipher = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
    padded = cipher.update(base64.b64decode(encrypted)) + cipher.finalize()
    if not padded or not 1 <= padded[-1] <= BLOCK:
        raise ValueError("bad padding")
    plain = padded[: -padded[-1]]
    (length,) = struct.unpack(">I", plain[NOISE : NOISE + 4])
    message = plain[NOISE + 4 : NOISE + 4 + length]
    if len(message) != length:
        raise ValueError("bad length")
    return message, plain[NOISE + 4 + length :].decode()
