"""A programme of points: one schema for files, the API and the admin. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from campaigns.content.mapping_reader import BadCampaign, Section

SPEND, EVENT, FIRST_ORDER, BIRTHDAY = "spend", "event", "first_order", "birthday"
KINDS = (SPEND, EVENT, FIRST_ORDER, BIRTHDAY)
POINTS = "points"
TIERS_BY = (POINTS, SPEND)
MOST_POINTS = 10**9
MOST_RULES = 100
MOST_WORTH = 1000  # of a point, in the shop's currency
MOST_STEPS = 20
MOST_NAMES = 200  # of categories, of items
LONGEST_NAME = 80
LONGEST_DAYS = 3660


@dataclass(frozen=True)
class EarnRule:
    """What points are given for. ``most`` bounds an order, ``times`` a customer."""

    name: str
    kind: str
    points: int
    per: Decimal = Decimal(1)
    minimum: Decimal = Decimal(0)
    most: int | None = None
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    event: str = ""
    times: int | None = None
    within_days: int | None = None

    def earned(self, spent: Decimal, multiplier: Decimal = Decimal(1)) -> int:
        """Return what money earns: whole units only, less than nothing for a return."""
        if spent < 0:
            return -self.earned(-spent, multiplier)
        if spent < self.minimum:
            return 0
        found = int(int(spent / self.per) * self.points * multiplier)
        return found if self.most is None else min(found, self.most)


@dataclass(frozen=True)
class TierStep:
    """A tier, from how much on, and how many times the usual points it earns."""

    name: str
    starts_from: int
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True)
class Tiers:
    """Steps from the lowest up, by points earned or money spent over a window."""

    by: str = POINTS
    within_days: int = 365
    steps: tuple[TierStep, ...] = ()

    def of(self, amount: Decimal | int) -> TierStep | None:
        reached = [step for step in self.steps if step.starts_from <= amount]
        return reached[-1] if reached else None


@dataclass(frozen=True)
class PointsTerms:
    """What is earned for what, when it can be spent, and when it is gone."""

    is_active: bool = True
    value: Decimal = Decimal("0.01")
    pending_days: int = 14
    expires_days: int | None = 365
    earn: tuple[EarnRule, ...] = ()
    tiers: Tiers = Tiers()

    def rules(self, *kinds: str) -> list[EarnRule]:
        return [rule for rule in self.earn if rule.kind in kinds]


def read_terms(raw: Any) -> PointsTerms:
    """Read a programme; raise `BadCampaign` with the key that can't be so."""
    terms: PointsTerms = Section(raw).through(_terms)
    return terms


def document(terms: PointsTerms) -> dict[str, Any]:
    """Write a programme as it is read: what is as usual is left out."""
    return {
        "active": terms.is_active,
        "value": str(terms.value),
        "pending_days": terms.pending_days,
        "expires_days": terms.expires_days or 0,
        "earn": [_said_rule(rule) for rule in terms.earn],
        "tiers": {
            "by": terms.tiers.by,
            "within_days": terms.tiers.within_days,
            "steps": [
                {
                    "name": step.name,
                    "from": step.starts_from,
                    "multiplier": float(step.multiplier),
                }
                for step in terms.tiers.steps
            ],
        },
    }


def _terms(section: Section) -> PointsTerms:
    earn = _each(section, "earn", _rule, MOST_RULES)
    days = section.whole("expires_days", 365, low=0, high=LONGEST_DAYS)
    pending = section.whole("pending_days", 14, low=0, high=365)
    return PointsTerms(
        is_active=section.flag("active", default=True),
        value=_value(section),
        pending_days=pending,
        expires_days=days or None,
        earn=earn,
        tiers=section.read("tiers", _tiers, Tiers()),
    )


def _value(section: Section) -> Decimal:
    """Take what a point is worth; it may be a part of a cent."""
    said = section.take("value", "0.01")
    try:
        found = Decimal("NaN" if isinstance(said, bool) else str(said))
    except ArithmeticError:
        found = Decimal("NaN")
    if not (found.is_finite() and 0 <= found <= MOST_WORTH):
        raise section.refuse("value", f"a number from 0 to {MOST_WORTH} is expected.")
    return found


def _rule(section: Section) -> EarnRule:
    kind = section.choice("kind", KINDS)
    found = EarnRule(
        name=_name(section),
        kind=kind,
        points=section.whole("points", low=1, high=MOST_POINTS),
        per=_per(section) if kind == SPEND else Decimal(1),
        minimum=Decimal(section.money("minimum", "0")),
        most=_maybe(section, "most", MOST_POINTS) if kind == SPEND else None,
        categories=_names(section, "categories") if kind == SPEND else (),
        items=_names(section, "items") if kind == SPEND else (),
        event=_event(section) if kind == EVENT else "",
        times=_maybe(section, "times", 10_000) if kind == EVENT else None,
        within_days=_maybe(section, "within_days", LONGEST_DAYS)
        if kind == EVENT
        else None,
    )
    if found.within_days and not found.times:
        raise section.refuse("times", "is missing: how often within these days?")
    if kind in (EVENT, BIRTHDAY) and found.minimum:
        raise section.refuse("minimum", "goes with spend and first_order only.")
    return found


def _event(section: Section) -> str:
    found = section.text("event")
    if found in ("purchase", "return"):
        raise section.refuse("event", f"{found} is earned for by kind: {SPEND}.")
    if not found or len(found) > LONGEST_NAME:
        raise section.refuse("event", "the name of an event is expected.")
    return found


def _per(section: Section) -> Decimal:
    found = Decimal(section.money("per", "1"))
    if not found:
        raise section.refuse("per", "must be above 0.")
    return found


def _tiers(section: Section) -> Tiers:
    steps = _each(section, "steps", _step, MOST_STEPS)
    amounts = [step.starts_from for step in steps]
    if amounts != sorted(set(amounts)):
        raise section.refuse("steps", "each must begin above the one before it.")
    return Tiers(
        by=section.choice("by", TIERS_BY, POINTS),
        within_days=section.whole("within_days", 365, low=1, high=LONGEST_DAYS),
        steps=steps,
    )


def _step(section: Section) -> TierStep:
    times = section.number("multiplier", 1.0, low=0.01, high=100)
    return TierStep(
        name=_name(section),
        starts_from=section.whole("from", low=1, high=10**12),
        multiplier=Decimal(str(times)).quantize(Decimal("0.01")),
    )


def _each(section: Section, key: str, reader: Any, most: int) -> Any:
    """Read a list of maps; each has a name of its own."""
    raws: Sequence[Any] = section.list(key, [])
    if len(raws) > most:
        raise section.refuse(key, f"has more than {most}.")
    found = tuple(
        Section(raw, f"{section.at(key)}[{place}]").through(reader)
        for place, raw in enumerate(raws)
    )
    names = [one.name.casefold() for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise section.refuse(key, f"{twice!r} stands there twice.")
    return found


def _name(section: Section) -> str:
    found = " ".join(section.text("name").split())
    if not found or len(found) > LONGEST_NAME:
        raise section.refuse("name", f"1 to {LONGEST_NAME} characters are expected.")
    return found


def _names(section: Section, key: str) -> tuple[str, ...]:
    found = section.list(key, [])
    if len(found) > MOST_NAMES:
        raise section.refuse(key, f"names more than {MOST_NAMES}.")
    if not all(isinstance(one, str) and one.strip() for one in found):
        raise section.refuse(key, "a list of names is expected.")
    return tuple(dict.fromkeys(one.strip() for one in found))


def _maybe(section: Section, key: str, high: int) -> int | None:
    return section.whole(key, low=1, high=high) if section.has(key) else None


def _said_rule(rule: EarnRule) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": rule.name,
        "kind": rule.kind,
        "points": rule.points,
    }
    if rule.kind == SPEND:
        said["per"] = str(rule.per)
    maybe = {
        "minimum": str(rule.minimum) if rule.minimum else None,
        "most": rule.most,
        "categories": list(rule.categories),
        "items": list(rule.items),
        "event": rule.event,
        "times": rule.times,
        "within_days": rule.within_days,
    }
    return said | {key: value for key, value in maybe.items() if value}


__all__ = ["BadCampaign", "EarnRule", "PointsTerms", "Tiers", "document", "read_terms"]
