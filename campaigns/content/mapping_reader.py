"""Read a map key by key, so that every mistake is one sentence that names its key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from math import isfinite
from typing import Any


class BadCampaign(ValueError):
    """A campaign file says something that can't be done: one sentence, the key first."""


class Section:
    """One map of a campaign file. Each reader takes a key; `done` refuses what nobody
    took.
    """

    def __init__(self, raw: Any, path: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise BadCampaign(
                f"{path or 'The file'}: keys with values are expected, not"
                f" {_shown(raw)}."
            )
        self.raw, self.path = dict(raw), path
        self.taken: set[str] = set()

    def at(self, key: str) -> str:
        """Say where a key stands, as `offer.value.policy`."""
        return f"{self.path}.{key}" if self.path else key

    def refuse(self, key: str, sentence: str) -> BadCampaign:
        return BadCampaign(f"{self.at(key)}: {sentence}")

    def has(self, key: str) -> bool:
        """Say whether a key has a value; asked for, it counts as known."""
        self.taken.add(key)
        return self.raw.get(key) is not None

    def take(self, key: str, default: Any = None) -> Any:
        self.taken.add(key)
        found = self.raw.get(key)
        return default if found is None else found

    def text(self, key: str, default: str | None = None) -> str:
        """Take words; without a default the key must be there."""
        found = self.take(key, default)
        if found is None:
            raise self.refuse(key, "is missing.")
        if not isinstance(found, str):
            raise self.refuse(key, f"words are expected, not {_shown(found)}.")
        if "\0" in found:
            raise self.refuse(
                key, "holds a character with the number 0, which can't be stored."
            )
        return found.strip() if "\n" not in found.strip() else found

    def choice(self, key: str, among: Iterable[str], default: str | None = None) -> str:
        found, known = self.text(key, default), list(among)
        if found not in known:
            raise self.refuse(key, f"{found!r} is not known; {_hint(found, known)}")
        return found

    def choices(
        self, key: str, among: Iterable[str], default: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Take a list of known words, each once, order kept."""
        found, known = self.list(key, list(default)), list(among)
        for one in found:
            if one not in known:
                hint = _hint(str(one), known)
                raise self.refuse(key, f"{_shown(one)} is not known; {hint}")
        return tuple(dict.fromkeys(found))

    def number(
        self, key: str, default: float | None = None, *, low: float, high: float
    ) -> float:
        found = self.take(key, default)
        if (
            isinstance(found, bool)
            or not isinstance(found, int | float)
            or not isfinite(found)
        ):
            raise self.refuse(
                key,
                (
                    f"a number is expected, not {_shown(found)}."
                    if found is not None
                    else "is missing."
                ),
            )
        if not low <= found <= high:
            raise self.refuse(key, f"{found:g} is outside {low:g} to {high:g}.")
        return float(found)

    def whole(
        self, key: str, default: int | None = None, *, low: int, high: int
    ) -> int:
        found = self.number(key, default, low=low, high=high)
        if found != int(found):
            raise self.refuse(key, f"a whole number is expected, not {found:g}.")
        return int(found)

    def money(self, key: str, default: str | None = None) -> str:
        """Take an amount above or equal to 0 with at most two places; kept as text, so
        that no cent is lost.
        """
        found = self.take(key, default)
        try:
            amount = Decimal(str(found))
        except InvalidOperation:
            amount = Decimal("NaN")
        if (
            isinstance(found, bool)
            or found is None
            or not amount.is_finite()
            or not 0 <= amount < Decimal(10) ** 12
        ):
            raise self.refuse(
                key,
                (
                    f"an amount is expected, not {_shown(found)}."
                    if found is not None
                    else "is missing."
                ),
            )
        if amount != amount.quantize(Decimal("0.01")):
            raise self.refuse(key, f"{amount} has more than two decimal places.")
        return str(amount.quantize(Decimal("0.01")))

    def flag(self, key: str, default: bool) -> bool:
        found = self.take(key, default)
        if not isinstance(found, bool):
            raise self.refuse(key, f"true or false is expected, not {_shown(found)}.")
        return found

    def list(self, key: str, default: list[Any] | None = None) -> list[Any]:
        found = self.take(key, default)
        if not isinstance(found, list | tuple):
            raise self.refuse(
                key,
                (
                    f"a list is expected, not {_shown(found)}."
                    if found is not None
                    else "is missing."
                ),
            )
        return list(found)

    def section(self, key: str) -> Section | None:
        """Take a map below this one, or None where the key is absent."""
        found = self.take(key)
        return None if found is None else Section(found, self.at(key))

    def read(
        self, key: str, reader: Callable[[Section], Any], default: Any = None
    ) -> Any:
        """Take a map below this one through its own reader."""
        below = self.section(key)
        return default if below is None else below.through(reader)

    def through(self, reader: Callable[[Section], Any]) -> Any:
        answer = reader(self)
        self.done()
        return answer

    def done(self) -> None:
        """Refuse keys that nobody took: a misspelt key must not be silently without
        effect.
        """
        for key in self.raw:
            if key not in self.taken:
                near = get_close_matches(str(key), self.taken, n=1)
                hint = (
                    f"did you mean {near[0]}?"
                    if near
                    else f"known here: {', '.join(sorted(self.taken))}."
                )
                raise self.refuse(str(key), f"is not a known key; {hint}")


def _hint(said: str, known: Iterable[str]) -> str:
    """Say what may have been meant, and what there is."""
    known = [str(one) for one in known]
    near = get_close_matches(said.strip().lower(), known, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    may_be = f"it may be {', '.join(known)}."
    return f"{meant}{may_be[0].upper()}{may_be[1:]}" if meant else may_be


def _shown(value: Any) -> str:
    words = value.isoformat() if isinstance(value, date) else repr(value)
    return words if len(words) <= 40 else f"{words[:37]}…"
