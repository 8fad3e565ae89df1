"""Keys of our own, one for each purpose, all drawn from SECRET_KEY: digests, tokens for
links, secrets at rest.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

BLOCK_BYTES = 64  # of SHA-256
TAG_BYTES = 15  # 120 bits: beyond guessing, and no padding in base64


class BadToken(ValueError):
    """The token was not made here, or was altered."""


def digest(purpose: str, text: str) -> str:
    """Return a keyed digest, 64 hex digits: the same text and purpose always give the
    same one.
    """
    return hmac.new(
        _key(settings.SECRET_KEY, purpose), text.encode(), hashlib.sha256
    ).hexdigest()


def blocks(purpose: str) -> tuple[bytes, bytes]:
    """Return the blocks with which the two hashes of `digest` begin (RFC 2104), for
    many at once in SQL.
    """
    key = _key(settings.SECRET_KEY, purpose).ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def token(purpose: str, *numbers: int) -> str:
    """Return a short token for a link that carries ``numbers`` and can't be altered or
    guessed.
    """
    said = "-".join(str(number) for number in numbers)
    return f"{said}.{_tag(purpose, said)}"


def read_token(purpose: str, text: str) -> tuple[int, ...]:
    """Return the numbers of a token; raise `BadToken` when it was not made for this
    purpose.
    """
    said, _, tag = text.partition(".")
    if (
        not tag.isascii()
        or not said.isascii()
        or not hmac.compare_digest(tag, _tag(purpose, said))
    ):
        raise BadToken("This link was not made here or was altered.")
    return tuple(int(number) for number in said.split("-"))


def seal(text: str) -> str:
    """Encrypt a secret for the database."""
    return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` wrote; raise `BadToken` when SECRET_KEY has changed since."""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise BadToken("This secret was sealed with another SECRET_KEY.") from None


def _tag(purpose: str, said: str) -> str:
    found = hmac.new(
        _key(settings.SECRET_KEY, purpose), said.encode(), hashlib.sha256
    ).digest()[:TAG_BYTES]
    return base64.urlsafe_b64encode(found).decode()


@lru_cache(maxsize=64)
def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(secret, "secrets at rest")))
