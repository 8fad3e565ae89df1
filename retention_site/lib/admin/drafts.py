"""What the pages of drafts read from a request and say."""

from __future__ import annotations

from django.utils.translation import gettext as _


def number_in(text: str) -> int | None:
    """Return the number of a state; what is none is no number."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None


def both_kept() -> str:
    """Say that somebody else changed other places meanwhile."""
    return _("Somebody else changed other fields; both are kept.")
