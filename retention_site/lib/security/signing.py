"""What is made with the shop's keys: digests, tokens for links, secrets at rest."""

import base64
import hashlib
import hmac

from cryptography.fernet import InvalidToken
from django.conf import settings

from retention_site.lib.security import keyring

BLOCK_BYTES = 64  # of SHA-256
TAG_BYTES = 15  # 120 bits: beyond guessing, and no padding in base64


class BadToken(ValueError):
    """The token was not made here, or was altered."""


def digest(purpose: str, text: str) -> str:
    """Return a keyed digest, 64 hex digits: the same text and purpose always give the
    same one.

    It outlives SECRET_KEY: what is known by its digest alone can't be digested again.
    """
    key = keyring.derived(keyring.digest_key(), purpose)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def blocks(purpose: str) -> tuple[bytes, bytes]:
    """Return the blocks with which the two hashes of `digest` begin (RFC 2104), for
    many at once in SQL.
    """
    key = keyring.derived(keyring.digest_key(), purpose).ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def token(purpose: str, *numbers: int) -> str:
    """Return a short token for a link that carries ``numbers`` and can't be altered or
    guessed.
    """
    said = "-".join(str(number) for number in numbers)
    return f"{said}.{_tag(settings.SECRET_KEY, purpose, said)}"


def read_token(purpose: str, text: str) -> tuple[int, ...]:
    """Return the numbers of a token; raise `BadToken` when it was not made for this
    purpose.

    Links of mails that went out under an old SECRET_KEY lead where they led.
    """
    said, _, tag = text.partition(".")
    if not tag.isascii() or not said.isascii() or not _is_ours(purpose, said, tag):
        raise BadToken("This link was not made here or was altered.")
    return tuple(int(number) for number in said.split("-"))


def seal(text: str) -> str:
    """Encrypt a secret for the database."""
    return keyring.fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` wrote; raise `BadToken` when it was sealed with a key that is
    not known any more.
    """
    try:
        return keyring.fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise BadToken("This secret was sealed with another SECRET_KEY.") from None


def _is_ours(purpose: str, said: str, tag: str) -> bool:
    return any(
        hmac.compare_digest(tag, _tag(one, purpose, said)) for one in keyring.secrets()
    )


def _tag(secret: str, purpose: str, said: str) -> str:
    found = hmac.new(
        keyring.derived(secret, purpose), said.encode(), hashlib.sha256
    ).digest()
    return base64.urlsafe_b64encode(found[:TAG_BYTES]).decode()
