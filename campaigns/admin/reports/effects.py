"""Arrange an effect report (docs/contract/commands.md) for reading: dictionaries in,
what templates and charts show out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.admin.reports.effect_charts import (
    VERDICT_TONES,
    effect_of,
    interval,
    span,
)
from campaigns.admin.reports.effect_words import (
    change,
    figure,
    kind_of,
    metric_title,
)
from retention_site.lib.admin.words import NOTHING, day, points, rate
from retention_site.lib.clock import now

GUARDRAILS = {"kept": "good", "broken": "bad", "undecided": "wait"}


@dataclass(frozen=True)
class ResultLine:
    """One arm against control in one metric, each figure written out."""

    arm: str
    metric: str
    n: int | None
    n_control: int | None
    mean: str
    mean_control: str
    difference: str
    interval: str
    relative: str
    p: str
    verdict: str
    tone: str
    sentence: str
    adjusted: str = ""
    chance: str = ""
    loss: str = ""
    role: str = "goal"


@dataclass(frozen=True)
class Redraw:
    """How often fresh assignments of the same customers found an effect in one metric,
    where there was none.
    """

    metric: str
    share: str
    is_high: bool


@dataclass(frozen=True)
class EverLeft:
    """How often a band that was looked at every day ever left zero, where there was no
    effect.
    """

    metric: str
    share: str
    looks: int
    is_high: bool
    error: str  # one standard error of the share


@dataclass(frozen=True)
class Lift:
    """What was put into a copy of the data, and the smallest effect that could have
    been seen.
    """

    metric: str
    lift: str
    smallest: str


@dataclass(frozen=True)
class Detectable:
    """The smallest change in one metric that an experiment could see, written out."""

    metric: str
    arm: str
    mean: str
    smallest: str
    relative: str
    with_past: str


def lines(report: Mapping[str, Any], currency: str) -> list[ResultLine]:
    """Write every result of a report out."""
    return [_line(result, currency) for result in effect_of(report).get("results", ())]


def redraws(report: Mapping[str, Any]) -> list[Redraw]:
    """Return what the redraws of an A/A check found; far above alpha the intervals are
    too narrow.
    """
    drawn = report.get("redraws") or {}
    found = (drawn.get("rejected") or {}).items()
    alpha = drawn.get("alpha") or 0.05
    return [
        Redraw(
            metric_title({"metric": metric}),
            rate(share),
            share is not None and share > 2 * alpha,
        )
        for metric, share in found
    ]


def ever_left(report: Mapping[str, Any]) -> EverLeft | None:
    """Return how often the daily band left zero at any of its looks, where an A/A check
    counted that.
    """
    drawn = report.get("redraws") or {}
    share = drawn.get("ever_left")
    if share is None:
        return None
    title = metric_title({"metric": drawn.get("watched")})
    return EverLeft(
        title,
        rate(share),
        drawn.get("looks") or 0,
        share > 2 * (drawn.get("alpha") or 0.05),
        points(math.sqrt(share * (1 - share) / (drawn.get("n") or 1)), 1),
    )


def lifts(report: Mapping[str, Any], currency: str) -> list[Lift]:
    """Return what a simulation put in, metric by metric."""
    kinds = {
        result.get("metric"): result for result in effect_of(report).get("results", ())
    }
    return [
        Lift(
            metric_title({"metric": metric}),
            change(put["lift"], kinds.get(metric, {"metric": metric}), currency),
            change(
                put["smallest_detectable_effect"],
                kinds.get(metric, {"metric": metric}),
                currency,
                sign=False,
            ),
        )
        for metric, put in (report.get("simulated") or {}).items()
    ]


def detectable(seen: Any) -> Detectable:
    """Write a `campaigns.proof.power_planning.Foresight` out, in the shop's currency."""
    like = {"metric": seen.metric, "kind": kind_of(seen.metric)}
    currency = settings.SHOP_CURRENCY
    return Detectable(
        metric=metric_title(like),
        arm=seen.arm,
        mean=figure(seen.mean, like, currency),
        smallest=change(seen.smallest, like, currency, sign=False),
        relative=rate(seen.relative),
        with_past=change(seen.smallest_with_past, like, currency, sign=False),
    )


def other_problems(report: Mapping[str, Any]) -> list[str]:
    """The problems that no sentence of the results says already."""
    effect = effect_of(report)
    said = " ".join(
        str(result.get("sentence", "")) for result in effect.get("results", ())
    )
    problems = [str(problem) for problem in effect.get("problems") or ()]
    return [
        problem
        for problem in problems
        if problem.rpartition(": ")[2].rstrip(".") not in said
    ]


def readable_on(
    report: Mapping[str, Any], closes_at: datetime | None
) -> datetime | None:
    """Return when a report may be read; None where it may be now.

    Until the last customer's window closes, outcomes are missing and every amount is of a few days only. What was
    decided by the interval that one may look at daily is decided; its money still is not.
    """
    as_of = report.get("as_of")
    until = datetime.fromisoformat(as_of) if as_of else now()
    return closes_at if closes_at is not None and closes_at > until else None


def too_early(closes_at: datetime) -> str:
    """Say so in the only words that stand where a result will be."""
    return _("Too early to say. Look again on %(day)s.") % {"day": day(closes_at)}


def headline(report: Mapping[str, Any]) -> tuple[str, str]:
    """Return the verdict and the sentence of the first metric; why there is none where
    nothing was measured.
    """
    results = effect_of(report).get("results") or ()
    if results:
        return str(results[0].get("verdict", "undecided")), str(
            results[0].get("sentence", "")
        )
    return "refused", str(
        report.get("refused") or effect_of(report).get("refused") or ""
    )


def _line(result: Mapping[str, Any], currency: str) -> ResultLine:
    guardrail = result.get("guardrail") or {}
    low, high = (guardrail["low"], guardrail["high"]) if guardrail else interval(result)
    relative, guarded = result.get("relative"), guardrail.get("state", "")
    return ResultLine(
        arm=str(result.get("arm", "")),
        metric=metric_title(result),
        n=result.get("n"),
        n_control=result.get("n_control"),
        mean=figure(result.get("mean"), result, currency),
        mean_control=figure(result.get("mean_control"), result, currency),
        difference=change(result.get("difference"), result, currency),
        interval=NOTHING if low is None else span(low, high, result, currency),
        relative=rate(relative, sign=True),
        p=NOTHING if result.get("p") is None else f"{result['p']:.3g}",
        verdict=guarded or str(result.get("verdict", "")),
        tone=GUARDRAILS.get(guarded)
        or VERDICT_TONES.get(str(result.get("verdict")), "quiet"),
        sentence=str(result.get("sentence", "")),
        adjusted=(
            span(*_adjusted(result), result, currency)
            if _adjusted(result)[0] is not None
            else NOTHING
        ),
        chance=rate(result.get("chance_to_beat")),
        loss=change(result.get("expected_loss"), result, currency, sign=False),
        role=str(result.get("role", "goal")),
    )


def _adjusted(result: Mapping[str, Any]) -> tuple[Any, Any]:
    """The interval that allows for each customer's past."""
    return result.get("cuped_low"), result.get("cuped_high")
