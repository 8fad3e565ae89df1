"""DKIM signatures (RFC 6376, relaxed/relaxed) by RSA-SHA256 or Ed25519-SHA256 (RFC
8463).

Written here because the well-kept signers take seven milliseconds a message for RSA;
one of them checks ours in the tests.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

# RFC 8058, 4: the unsubscribe headers must be covered. From is named once more, so that
# no second one can be added.
SIGNED = (
    "from to subject date message-id reply-to mime-version content-type"
    " list-unsubscribe list-unsubscribe-post feedback-id"
).split()
WHITE = re.compile(rb"[ \t]+")
FOLD = re.compile(rb"\r\n(?=[ \t])")
# A run is looked at from its beginning only, or a line of blanks would cost its length
# squared.
TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r\n)")
LEAST_RSA_BITS = 1024


class BadKey(ValueError):
    """This is no key that DKIM can sign with."""


@dataclass(frozen=True)
class Signer:
    """Who signs: the record ``selector``._domainkey.``domain`` holds the public half."""

    domain: str
    selector: str
    pem: str

    def signature(self, raw: bytes, at: datetime) -> bytes:
        """Return the header line that signs a message, its line end included."""
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = _fields(head)
        key = private_key(self.pem)
        kind = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
        names = [name for name in SIGNED if name.encode() in fields]
        value = (
            f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={self.domain};"
            f" s={self.selector}; t={int(at.timestamp())};\r\n"
            f" h={':'.join([*names, 'from'])};\r\n"
            f" bh={b64encode(sha256(relaxed_body(body)).digest()).decode()};\r\n b="
        ).encode()
        covered = b"".join(
            name.encode() + b":" + fields[name.encode()] + b"\r\n" for name in names
        )
        covered += b"dkim-signature:" + relaxed_value(value)
        signed = b64encode(_sign(key, covered)).decode()
        folded = "\r\n ".join(
            signed[start : start + 72] for start in range(0, len(signed), 72)
        )
        return b"DKIM-Signature: " + value + folded.encode() + b"\r\n"


def record_of(pem: str) -> str:
    """Return the DNS record that publishes the public half of a key; raise `BadKey`."""
    key = private_key(pem)
    if isinstance(key, Ed25519PrivateKey):
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(public).decode()}"
    public = key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"


@lru_cache(maxsize=8)
def private_key(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    """Return the key of a PEM text; raise `BadKey`."""
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(
            "The DKIM key must be an unencrypted private key in PEM form."
        ) from error
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS
    ):
        return key
    raise BadKey("The DKIM key must be RSA with 1024 bits or more, or Ed25519.")


def relaxed_body(body: bytes) -> bytes:
    """Canonicalise a body (RFC 6376, 3.4.4)."""
    body = body if not body or body.endswith(b"\r\n") else body + b"\r\n"
    if b" \r\n" in body or b"\t\r\n" in body:
        body = TRAILING.sub(b"", body)
    # base64 has none: this is asked first because it costs nothing
    if b"  " in body or b"\t" in body:
        body = WHITE.sub(b" ", body)
    lines = body.rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""


def relaxed_value(value: bytes) -> bytes:
    """Canonicalise a header's value (RFC 6376, 3.4.2)."""
    return WHITE.sub(b" ", FOLD.sub(b"", value)).strip(b" \t")


def _fields(head: bytes) -> dict[bytes, bytes]:
    """Canonical values by name in small letters; of a header that stands twice the
    last, as verifiers read it.
    """
    split = (line.partition(b":") for line in FOLD.sub(b"", head).split(b"\r\n"))
    return {name.strip().lower(): relaxed_value(value) for name, _, value in split}


def _sign(key: RSAPrivateKey | Ed25519PrivateKey, covered: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(sha256(covered).digest())
    return key.sign(covered, PKCS1v15(), SHA256())
