"""A result in the words of the marketer's colleague."""

import math

from django.utils.translation import gettext as _

from campaigns.proof.analysis import Result
from campaigns.proof.stats.means import FEWEST_UNITS

SIGNIFICANT_DIGITS = 3


def sentence(result: Result, refusal: str = "") -> str:
    """Say what changed, how sure that is, and what follows. `refusal` is the reason when no verdict is given."""
    if refusal:
        return _("{what}: no verdict, because {why}.").format(what=_subject(result), why=refusal)
    if result.comparison.low is None:
        return _("{what}: undecided, because {why}.").format(what=_subject(result), why=result.comparison.why_not)
    return f"{_what_was_seen(result)}{_what_covariates_say(result)} {_what_follows(result)}"


def _subject(result: Result) -> str:
    return _("{metric}, {arm} against {control}").format(
        metric=result.metric.name, arm=result.arm, control=result.control
    )


def _what_was_seen(result: Result) -> str:
    comparison, as_share = result.comparison, result.metric.kind == "proportion"
    interval = result.sequential or comparison
    words = _("{what}: {mean} against {mean_control}, {change}{relative}; {sure} interval {low} to {high}{unit}.")
    return words.format(
        what=_subject(result),
        mean=spoken(comparison.mean, as_share=as_share) + (" %" if as_share else ""),
        mean_control=spoken(comparison.mean_control, as_share=as_share) + (" %" if as_share else ""),
        change=_change(comparison.difference or 0.0, as_share=as_share),
        sure=f"{100 * (1 - comparison.alpha):g} %" + (_(" daily-look") if result.sequential else ""),
        low=spoken(interval.low, as_share=as_share, signed=True),
        high=spoken(interval.high, as_share=as_share, signed=True),
        unit=_(" points") if as_share else "",
        relative=_(" ({lift} % of control)").format(lift=spoken(100 * result.relative.value, signed=True))
        if result.relative
        else "",
    )


def _what_covariates_say(result: Result) -> str:
    if result.adjusted is None or result.adjusted.comparison.low is None:
        return ""
    adjusted, as_share = result.adjusted.comparison, result.metric.kind == "proportion"
    return _(" Allowing for what was known before: {change}, interval {low} to {high}{unit}.").format(
        change=_change(adjusted.difference or 0.0, as_share=as_share),
        low=spoken(adjusted.low, as_share=as_share, signed=True),
        high=spoken(adjusted.high, as_share=as_share, signed=True),
        unit=_(" points") if as_share else "",
    )


def _change(difference: float, *, as_share: bool) -> str:
    size = spoken(abs(difference), as_share=as_share) + (_(" points") if as_share else "")
    return (_("{size} more") if difference > 0 else _("{size} less")).format(size=size)


def _what_follows(result: Result) -> str:
    if result.verdict in ("better", "worse"):
        verdict = _("Better.") if result.verdict == "better" else _("Worse.")
        return _("{verdict} One may stop here.").format(verdict=verdict) if result.sequential else verdict
    return _("Undecided: {why}.").format(why=_why_undecided(result))


def _why_undecided(result: Result) -> str:
    comparison, p = result.comparison, result.comparison.p if result.sequential is None else result.sequential_p
    if min(comparison.n, comparison.n_control) < FEWEST_UNITS:
        return _("fewer than {n} units in an arm are too few for a verdict").format(n=FEWEST_UNITS)
    if p is not None and p < comparison.alpha:
        return _("with {n} comparisons at once this may be chance").format(n=result.n_comparisons)
    return _("a change in either direction, or none, would look like this")


def spoken(value: float | None, *, as_share: bool = False, signed: bool = False) -> str:
    """Round to three significant digits without an exponent; a share (0–1) is spoken in hundredths."""
    if value is None:
        return _("unknown")
    shown = float(f"{100 * value if as_share else value:.{SIGNIFICANT_DIGITS - 1}e}")
    digits = SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(shown))) if shown else 0
    text = f"{shown:{'+' if signed else ''},.{min(max(digits, 0), 12)}f}"
    return text.replace("-", "−")
