"""How many a rule finds: now, week by week, beside other segments; and which part leaves nobody."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import numpy as np
from django.core.cache import cache

from profiles.models import Segment
from retention_site.lib.clock import now

from ..compiled import compiled, saved_rule
from ..membership import count, members, opened
from ..rules import BadRule, parse
from .problems import group_word

WEEKS = 26
KEPT_SECONDS = 24 * 3600
MOST_PARTS = 12  # asked one by one, where a rule finds nobody
MOST_OTHERS = 20  # segments that are laid beside a rule


@dataclass(frozen=True)
class Size:
    """How many fit, of how many customers."""

    n: int
    n_all: int


@dataclass(frozen=True)
class Figure:
    """One number beside a segment, from an app that knows it; about so, where it was scaled up."""

    label: str
    n: int
    is_about: bool = False
    note: str = ""


@dataclass(frozen=True)
class Overlap:
    """Another segment, and how many of its members fit too."""

    segment: Segment
    n: int
    n_both: int


def size(rule: Mapping[str, Any], as_of: datetime | None = None) -> Size:
    """Count who fits; raise `BadRule`."""
    ready = compiled(rule)
    found = opened(ready, as_of, None)
    sql = (
        f"SELECT (SELECT count(*) FROM ({ready.at(found.as_of)})) AS n,"
        " (SELECT count(*) FROM customers) AS n_all"
    )
    row = found.run(sql).to_pylist()[0]
    return Size(int(row["n"]), int(row["n_all"]))


def sample(rule: Mapping[str, Any], n: int = 10) -> list[int]:
    """Return some who fit, by primary key, others each time."""
    ready = compiled(rule)
    found = opened(ready, None, None)
    sql = (
        f"SELECT customer FROM ({ready.at(found.as_of)}) AS who"
        f" USING SAMPLE reservoir({int(n)} ROWS)"
    )
    return sorted(found.run(sql)["customer"].to_pylist())


def emptied_by(rule: Mapping[str, Any]) -> tuple[str, bool] | None:
    """Say in words which part of a rule leaves nobody, and whether it does so by itself;
    None where no single part does.
    """
    word = group_word(rule)
    if word == "none" or not word or not rule[word]:
        return (_words(rule), True)
    if word == "any":
        return None
    parts = list(rule["all"])[:MOST_PARTS]
    for part in parts:
        if count(part) == 0:
            inner = emptied_by(part) if group_word(part) == "all" else None
            return inner or (_words(part), True)
    for n in range(2, len(parts) + 1):
        if count({"all": parts[:n]}) == 0:
            return (_words(parts[n - 1]), False)
    return None


def growth(
    rule: Mapping[str, Any], seconds: float
) -> list[tuple[datetime, int | None]]:
    """Count who fitted at each of the last weeks' ends, as of then. What takes longer
    than ``seconds`` is left open (None) for the next call: what was counted is kept.
    """
    began, points = monotonic(), []
    key = hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()
    named = hashlib.sha256(compiled(rule).sql.encode()).hexdigest()[:16]
    for back in range(WEEKS):
        at = _day(now()) - timedelta(weeks=back)
        place = f"segment-growth:{key}:{named}:{at:%Y%m%d}"
        n = cache.get(place)
        if n is None and monotonic() - began < seconds:
            n = count(rule, at)
            cache.set(place, n, KEPT_SECONDS)
        points.append((at, n))
    return points[::-1]


def overlaps(
    rule: Mapping[str, Any], *, besides: int | None
) -> tuple[int, list[Overlap]]:
    """Lay the largest other segments beside a rule, all as of one moment; who shares most
    comes first.
    """
    at = now()
    ours = members(rule, at)
    others = Segment.objects.order_by("-n_members", "pk")
    if besides is not None:
        others = others.exclude(pk=besides)
    found = []
    for other in others[:MOST_OTHERS]:
        try:
            theirs = members(other.rule, at)
        except BadRule:
            continue
        both = np.intersect1d(ours, theirs, assume_unique=True)
        found.append(Overlap(other, len(theirs), len(both)))
    return len(ours), sorted(found, key=lambda one: -one.n_both)


def _words(rule: Mapping[str, Any]) -> str:
    return parse(rule, saved_rule).describe()


def _day(moment: datetime) -> datetime:
    """Whole days are counted once; what happens today is in the live count."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
