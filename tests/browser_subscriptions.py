"""A browser that has subscribed to web push: its keys, and its own way of reading what
comes (RFC 8291).
"""

from __future__ import annotations

import base64
import hmac
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from profiles.models import Customer, Device


@dataclass(frozen=True)
class Browser:
    """One subscription. Reads by RFC 8291 and 8188 with nothing but primitives: no line
    of the sender's library.
    """

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": text(self.public), "auth": text(self.auth)}

    def subscribe(self, customer: Customer, endpoint: str) -> Device:
        return Device.objects.create(
            customer=customer, kind=Device.Kind.WEB_PUSH, token=endpoint, keys=self.keys
        )

    def decrypt(self, raw: bytes) -> bytes:
        """Return the plain text of one aes128gcm message of one record."""
        salt, length = raw[:16], raw[20]
        sender, sealed = raw[21 : 21 + length], raw[21 + length :]
        shared = self.key.exchange(
            ec.ECDH(),
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender),
        )
        secret = expand(
            extract(self.auth, shared), b"WebPush: info\0" + self.public + sender, 32
        )
        seed = extract(salt, secret)
        key, nonce = (
            expand(seed, b"Content-Encoding: " + what + b"\0", n)
            for what, n in ((b"aes128gcm", 16), (b"nonce", 12))
        )
        return (
            AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0").removesuffix(b"\x02")
        )

    def read(self, line: dict[str, Any]) -> dict[str, str]:
        """Return what a line of the sink's log says."""
        return json.loads(self.decrypt(line["raw"].encode("latin-1")))


def extract(salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt, secret, sha256)


def expand(key: bytes, info: bytes, n: int) -> bytes:
    return hmac.digest(key, info + b"\x01", sha256)[:n]


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(said: str) -> bytes:
    return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))
