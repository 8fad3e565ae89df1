"""What the shop never says and what it can back, as its brand's page keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from campaigns.models import Brand

KEPT_SECONDS = 20  # a change reaches messages that are being sent within it


@dataclass(frozen=True)
class Voice:
    """Words that no message may hold, and claims that need no other fact."""

    banned: tuple[str, ...] = ()
    backed: tuple[str, ...] = ()


_kept: tuple[float, Voice] | None = None


def of_the_shop() -> Voice:
    """Return the shop's voice as it is now."""
    row = (
        Brand.objects.filter(pk=1).values_list("banned_words", "backed_claims").first()
    )
    return Voice(*(_lines(one) for one in row)) if row else Voice()


def lately() -> Voice:
    """Return the shop's voice as it was a few seconds ago at most: for many messages."""
    global _kept
    if _kept is None or monotonic() - _kept[0] > KEPT_SECONDS:
        _kept = (monotonic(), of_the_shop())
    return _kept[1]


def _lines(said: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in said.splitlines() if line.strip())
