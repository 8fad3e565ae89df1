"""Times as people and programs write them, within ISO 8601. Pure."""

import re
from datetime import datetime

BEFORE_ZONE = re.compile(r"(?<!\s)\s+(?=[+-]\d)")  # 10:00:00 +0800
LONGEST = 80  # characters of a time in any spelling


def parsed(text: str) -> datetime:
    """Return the time that a text says, naive without a zone; raise `ValueError`.
    Seconds since 1970 are none.
    """
    if len(text) > LONGEST:
        raise ValueError("too long for a time")
    plain = BEFORE_ZONE.sub("", text.strip().upper())
    if plain.isdigit() and len(plain) != len("20240501"):
        raise ValueError("a number")
    return datetime.fromisoformat(plain)


def iso_or_none(text: str | None) -> str | None:
    """Return the time in its long form, None when it is none."""
    try:
        return parsed(text).isoformat() if text else None
    except ValueError:
        return None
