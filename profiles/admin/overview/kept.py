"""What was read from the history, kept while the history stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

from profiles import history

T = TypeVar("T")
KEPT_SECONDS = 300  # an event may be dated some minutes ahead


def kept(name: str, make: Callable[[], T]) -> T:
    """Return what ``make`` reads; asked again of the same state of the history it isn't
    read again. ``name`` tells apart what is asked.
    """
    state = history.freshness()
    moment = state.refreshed_at.timestamp() if state.refreshed_at else 0
    key = f"history:{name}:{state.watermark}:{moment}"
    found: Any = cache.get_or_set(key, make, KEPT_SECONDS)
    return found
