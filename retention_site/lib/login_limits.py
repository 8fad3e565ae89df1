"""How many wrong passwords lock whom out.

Ten from one address lock that address out of that account, nobody else. Ten against one
account from wherever lock out all addresses from which nobody ever signed in to it:
guessing from many is as slow as from one, and the owner still gets in from where they
work, however long a stranger goes on.
"""

from __future__ import annotations

from typing import Any

from axes.helpers import get_client_username
from axes.models import AccessLog
from django.http import HttpRequest

BY_BOTH: list[list[str] | str] = [["username", "ip_address"]]


def parameters(
    request: HttpRequest, credentials: dict[str, Any] | None = None
) -> list[list[str] | str]:
    """Return by what failures are added up for this request, as django-axes takes it."""
    username = get_client_username(request, credentials)
    here = AccessLog.objects.filter(username=username, ip_address=address(request))
    return BY_BOTH if here.exists() else [*BY_BOTH, "username"]


def address(request: Any) -> str:
    """Return the client's address; of an attempt that django-axes kept, the one it was
    made from.
    """
    meta = getattr(request, "META", None)
    return (
        getattr(request, "ip_address", "")
        if meta is None
        else meta.get("REMOTE_ADDR", "")
    )
