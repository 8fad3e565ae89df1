"""The public addresses of one message: unsubscribe, preference centre, click, open."""

from functools import lru_cache

from django.conf import settings

from retention_site.lib.security import signing

UNSUBSCRIBE, PREFERENCES, CLICK, OPEN, PUSH = "u", "p", "c", "o", "push"


def unsubscribe_url(message: int) -> str:
    """Return the address that ends what this message belongs to; ``message`` is its
    primary key.
    """
    return _url(UNSUBSCRIBE, message)


def preferences_url(message: int) -> str:
    """Return the address where the customer of this message chooses what to get."""
    return _url(PREFERENCES, message)


def click_url(message: int, target: int) -> str:
    """Return the address that counts a click and leads to a stored target."""
    return _url(CLICK, message, target)


def open_url(message: int) -> str:
    """Return the address of the picture that tells of an open."""
    return f"{_url(OPEN, message)}.gif"


def push_url(customer: int) -> str:
    """Return the address where a browser of this customer may subscribe to
    notifications.
    """
    return _url(PUSH, customer)


def read(kind: str, token: str) -> tuple[int, ...]:
    """Return the numbers in a token of ``kind``; raise `signing.BadToken`."""
    return signing.read_token(kind, token)


def is_ours(url: str) -> bool:
    """Say whether this is one of the addresses above, which needs no click tracking."""
    return url.startswith(_ours(settings.BASE_URL))


def _url(kind: str, *numbers: int) -> str:
    return f"{settings.BASE_URL}/{kind}/{signing.token(kind, *numbers)}"


@lru_cache(maxsize=4)
def _ours(base: str) -> tuple[str, ...]:
    return tuple(
        f"{base}/{kind}/" for kind in (UNSUBSCRIBE, PREFERENCES, CLICK, OPEN, PUSH)
    )
