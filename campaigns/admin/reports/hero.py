"""What a manager reads of a report: a verdict, one sentence, the money with its
interval, and what to do where nothing can be said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.reports import effect_charts
from retention_site.lib.admin.words import count, day, money, rate

from . import effects

ICONS = {
    "better": "check_circle",
    "worse": "cancel",
    "undecided": "drag_handle",
    "refused": "do_not_disturb_on",
    "too early": "hourglass_top",
}


@dataclass(frozen=True)
class Hero:
    """The first thing that is read."""

    verdict: str
    word: str
    tone: str
    icon: str
    sentence: str
    figure: str = ""
    interval: str = ""
    what_to_do: str = ""
    sizes: tuple[str, ...] = ()


def hero(result: Mapping[str, Any], verdict: str, early: str, currency: str) -> Hero:
    """Return the hero of a report; ``early`` is the sentence for one that may not be
    read yet.
    """
    found = Hero(
        verdict,
        _word(verdict),
        effect_charts.VERDICT_TONES.get(verdict, "quiet"),
        ICONS.get(verdict, "info"),
        sentence=early,
        sizes=_sizes(result),
    )
    if verdict == "too early":
        return found
    if verdict == "refused":
        why = str(
            result.get("refused") or effect_charts.effect_of(result).get("refused")
        )
        return replace(
            found, sentence=_("No effect is claimed."), what_to_do=_what_to_do(why)
        )
    gain = (result.get("money") or {}).get("incremental_revenue")
    if gain and not early:
        return replace(found, **_of_money(gain, verdict, currency))
    return replace(found, **_of_goal(result, verdict, currency))


def crossings(daily: list[Mapping[str, Any]]) -> str:
    """Say in words when the band of the first arm left zero, and whether it came back."""
    points = [one for one in daily if one["arm"] == daily[0]["arm"]] if daily else []
    if not points:
        return ""
    spells = [
        (side, list(run)) for side, run in groupby(points, key=lambda one: _side(one))
    ]
    side, last = spells[-1]
    if len(spells) == 1 and not side:
        return _("The band has never left zero.")
    if not side:
        return _("The band left zero and came back on %(day)s.") % {
            "day": _day(last[0])
        }
    words = (
        _("Since %(day)s the whole band has been above zero.")
        if side > 0
        else _("Since %(day)s the whole band has been below zero.")
    )
    return words % {"day": _day(last[0])}


def _word(verdict: str) -> str:
    return {
        "better": _("Better"),
        "worse": _("Worse"),
        "undecided": _("No difference seen"),
        "refused": _("Not measured"),
        "too early": _("Too early"),
    }.get(verdict, verdict)


def _of_money(gain: Mapping[str, float], verdict: str, currency: str) -> dict[str, Any]:
    ends = {
        "low": money(gain["low"], currency, sign=True),
        "high": money(gain["high"], currency, sign=True),
    }
    sentence = {
        "better": _("It brought more than leaving people alone."),
        "worse": _("It brought less than leaving people alone."),
    }.get(verdict, _("Chance alone could explain what was seen."))
    return {
        "sentence": sentence,
        "figure": money(gain["value"], currency, sign=True),
        "interval": _("between %(low)s and %(high)s") % ends,
    }


def _of_goal(result: Mapping[str, Any], verdict: str, currency: str) -> dict[str, Any]:
    first = effects.lines(result, currency)[0]
    said = {
        "better": _("%(metric)s rose against leaving people alone."),
        "worse": _("%(metric)s fell against leaving people alone."),
    }.get(verdict, _("Chance alone could explain what was seen."))
    return {
        "sentence": said % {"metric": first.metric.capitalize()}
        if "%" in said
        else said,
        "figure": first.difference,
        "interval": first.interval,
    }


def _what_to_do(why: str) -> str:
    """Say what to do about a refusal."""
    if why == "srm":
        return _(
            "The split is not as planned: look for what removed people, then rerun."
        )
    if "control" in why:
        return _("Hold somebody out next time: set a holdout in the campaign's test.")
    return _("Wait for more data, or hold more people out.")


def _sizes(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who was compared, each counted once: written to, and held out."""
    arms = list((effect_charts.effect_of(result).get("arms") or {}).items())
    if not arms:
        return ()
    held = sum(n for name, n in arms if name == "control")
    written = sum(n for name, n in arms if name != "control")
    total = held + written
    told = [
        ngettext("%(n)s person targeted", "%(n)s people targeted", total)
        % {"n": count(total)},
        _("%(n)s held out (%(share)s)")
        % {"n": count(held), "share": rate(held / total if total else None, 0)},
    ]
    return tuple(told)


def _side(point: Mapping[str, Any]) -> int:
    return 1 if point["low"] > 0 else -1 if point["high"] < 0 else 0


def _day(point: Mapping[str, Any]) -> str:
    at = point["at"]
    return day(datetime.fromisoformat(at) if isinstance(at, str) else at)
