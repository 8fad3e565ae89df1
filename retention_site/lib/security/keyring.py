"""The shop's keys: one signs and seals, old ones are still read, one for digests
outlives them all.

SECRET_KEY signs links and seals secrets; it may be changed, and SECRET_KEY_FALLBACKS
are read as well. Digests can't be made anew from what they stand for: addresses that
must not be written to and erased ids are kept as digests alone. So their key is another
one, kept in the database sealed under SECRET_KEY. It began as the first SECRET_KEY of
the shop, which is why a shop that never changed its key needs no conversion.

The database also keeps a fingerprint of the SECRET_KEY in use. Whoever opens it with
other keys is refused: they would find nobody suppressed and nobody erased.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.signals import connection_created

TABLE = "profiles_shopkey"
IS_THERE = f"SELECT to_regclass('{TABLE}') IS NOT NULL"
READ = f"SELECT fingerprint, digest_key FROM {TABLE} WHERE id = 1"  # noqa: S608
SETTLE = f"""
    INSERT INTO {TABLE} (id, fingerprint, digest_key, created_at) VALUES (1, %s, %s, now())
    ON CONFLICT (id) DO NOTHING
"""  # noqa: S608
ADOPT = f"""
    UPDATE {TABLE} SET fingerprint = %s, digest_key = %s, rotated_at = now() WHERE id = 1
"""  # noqa: S608
OTHER_KEY = (
    "This database belongs to a shop with another SECRET_KEY: with this one nobody"
    " would be found suppressed or erased. Give every host the SECRET_KEY it was"
    " started with (or the file secret_key of its DATA_DIR), or name the old one in"
    " SECRET_KEY_FALLBACKS."
)

# by database: it never changes, so each process reads it once
_digest_keys: dict[str, str] = {}
_checked: set[tuple[str, str]] = set()  # database and SECRET_KEY


class WrongKey(CommandError):
    """The database was filled under another SECRET_KEY: one sentence."""


def secrets() -> tuple[str, ...]:
    """Return SECRET_KEY and the old ones that are still read, the present one first."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=256)
def derived(secret: str, purpose: str) -> bytes:
    """Return the key for one purpose."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def fernet() -> MultiFernet:
    """Return what seals under SECRET_KEY and opens what old ones sealed."""
    return _fernet(secrets())


def fingerprint(secret: str) -> str:
    """Return what names a SECRET_KEY and gives nothing of it away."""
    return derived(secret, "fingerprint of SECRET_KEY").hex()[:32]


def digest_key() -> str:
    """Return the key of all digests; raise `WrongKey`."""
    name = str(connection.settings_dict["NAME"])
    if name not in _digest_keys:
        kept = _kept()
        if kept is None:  # not settled yet: it will be the SECRET_KEY of now
            return settings.SECRET_KEY
        _digest_keys[name] = _unsealed(kept[1])
    return _digest_keys[name]


def check() -> None:
    """Raise `WrongKey` when the database was filled under a key that is not among ours."""
    kept = _kept()
    if kept and kept[0] not in {fingerprint(one) for one in secrets()}:
        raise WrongKey(OTHER_KEY)


def settle(**_signal: Any) -> None:
    """Write down the keys of a shop that has none; once, after its tables are made."""
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE)
        if cursor.fetchone()[0]:
            secret = settings.SECRET_KEY
            sealed = fernet().encrypt(secret.encode()).decode()
            cursor.execute(SETTLE, [fingerprint(secret), sealed])


def adopt() -> None:
    """Let the present SECRET_KEY be the shop's; in the transaction that sealed all else
    anew.
    """
    sealed = fernet().encrypt(digest_key().encode()).decode()
    with connection.cursor() as cursor:
        cursor.execute(ADOPT, [fingerprint(settings.SECRET_KEY), sealed])


def is_current() -> bool:
    """Say whether the database knows the present SECRET_KEY as the shop's."""
    kept = _kept()
    return kept is None or kept[0] == fingerprint(settings.SECRET_KEY)


def forget() -> None:
    """Forget what this process has read of the keys."""
    _digest_keys.clear()
    _checked.clear()


def resealed(value: Any) -> Any:
    """Return a sealed text, or JSON with sealed texts in it, sealed under the present
    SECRET_KEY.
    """
    match value:
        case str():
            try:
                return fernet().rotate(value.encode()).decode()
            except InvalidToken:  # a text that was never sealed, such as a date
                return value
        case dict():
            return {name: resealed(inner) for name, inner in value.items()}
        case list():
            return [resealed(inner) for inner in value]
    return value


def watch() -> None:
    """Check the keys wherever a process opens the database first: servers, workers,
    commands.
    """
    connection_created.connect(_check_new, dispatch_uid="keyring")


def _check_new(connection: Any, **_signal: Any) -> None:
    known = (str(connection.settings_dict["NAME"]), settings.SECRET_KEY)
    if connection.alias != "default" or known in _checked:
        return
    try:
        if _kept() is None:
            return
        check()
    except WrongKey:
        connection.close()  # else the next query would go through
        raise
    _checked.add(known)


def _kept() -> tuple[str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE)
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(READ)
        row = cursor.fetchone()
    return (str(row[0]), str(row[1])) if row else None


def _unsealed(sealed: str) -> str:
    try:
        return fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise WrongKey(OTHER_KEY) from None


@lru_cache(maxsize=4)
def _fernet(ours: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(list(_fernets(ours)))


def _fernets(ours: tuple[str, ...]) -> Iterator[Fernet]:
    for secret in ours:
        yield Fernet(base64.urlsafe_b64encode(derived(secret, "secrets at rest")))
