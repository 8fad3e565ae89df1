"""A result in the words of the marketer's colleague."""

import math

from django.utils.translation import gettext as _

from campaigns.proof.analysis import Result
from campaigns.stats.comparisons.guardrails import Guardrail
from campaigns.stats.comparisons.means import FEWEST_UNITS
from campaigns.stats.experiment_spec import Metric

ROUNDING_NOISE = 1e-12  # what is left of 0 after sums of millions
SIGNIFICANT_DIGITS = 3


def sentence(result: Result, refusal: str = "") -> str:
    """Say what changed, how sure that is, and what follows. `refusal` is the reason
    when no verdict is given.
    """
    if refusal:
        return _("{what}: no verdict, because {why}.").format(
            what=_subject(result), why=refusal
        )
    if result.guardrail is not None:
        return _guardrail(result, result.guardrail)
    if result.comparison.low is None:
        return _("{what}: undecided, because {why}.").format(
            what=_subject(result), why=result.comparison.why_not
        )
    said = (_what_was_seen, _what_covariates_say, _what_follows)
    return " ".join(words for say in said if (words := say(result)))


def _guardrail(result: Result, judged: Guardrail) -> str:
    """Say whether the harm stays below what one may bear; that nothing was seen is not
    enough.
    """
    metric, harm = result.metric, judged.harm
    if harm is None:
        why = result.comparison.why_not or _("nothing was measured")
        return _("{what}: undecided, because {why}.").format(
            what=_subject(result), why=why
        )
    seen = _(
        "{what}: {mean} against {mean_control}; harm at most {worst}, {margin} may be"
        " borne. {so}"
    )
    so = {
        "kept": _("The guardrail holds."),
        "broken": _("The guardrail is broken: stop."),
        "undecided": _("Undecided: more customers are needed to know."),
    }
    return seen.format(
        what=_subject(result),
        mean=level(result.comparison.mean, metric),
        mean_control=level(result.comparison.mean_control, metric),
        worst=change(harm.high, metric),
        margin=change(judged.margin, metric).removeprefix("+"),
        so=so[judged.state],
    )


def _subject(result: Result) -> str:
    return _("{metric}, {arm} against {control}").format(
        metric=result.metric.title or result.metric.name,
        arm=result.arm,
        control=result.control,
    )


def _what_was_seen(result: Result) -> str:
    comparison, metric = result.comparison, result.metric
    interval = result.sequential or comparison
    words = _(
        "{what}: {mean} against {mean_control}, {change}; {sure} interval {low} to"
        " {high}."
    )
    share = f"{100 * (1 - comparison.alpha):g} %"
    return words.format(
        what=_subject(result),
        mean=level(comparison.mean, metric),
        mean_control=level(comparison.mean_control, metric),
        change=_change(comparison.difference or 0.0, metric, _relative(result)),
        sure=_("{share} daily-look").format(share=share)
        if result.sequential
        else share,
        low=change(interval.low, metric),
        high=change(interval.high, metric),
    )


def _relative(result: Result) -> str:
    if not (result.relative and result.relative.value):
        return ""
    return f"{spoken(100 * result.relative.value, signed=True)} %"


def _what_covariates_say(result: Result) -> str:
    if result.adjusted is None or result.adjusted.comparison.low is None:
        return ""
    adjusted, metric = result.adjusted.comparison, result.metric
    return _(
        "Allowing for what was known before: {change}, interval {low} to {high}."
    ).format(
        change=_change(adjusted.difference or 0.0, metric),
        low=change(adjusted.low, metric),
        high=change(adjusted.high, metric),
    )


def _change(difference: float, metric: Metric, relative: str = "") -> str:
    if difference == 0:
        return _("no difference")
    size = change(abs(difference), metric).removeprefix("+")
    said = _("{size} more") if difference > 0 else _("{size} less")
    if relative:
        said = (
            _("{size} more ({lift} of control)")
            if difference > 0
            else _("{size} less ({lift} of control)")
        )
    return said.format(size=size, lift=relative)


def _what_follows(result: Result) -> str:
    if result.verdict in ("better", "worse"):
        verdict = _("Better.") if result.verdict == "better" else _("Worse.")
        return f"{verdict} {_('One may stop here.')}" if result.sequential else verdict
    return _("Undecided: {why}.").format(why=_why_undecided(result))


def _why_undecided(result: Result) -> str:
    comparison, p = (
        result.comparison,
        result.comparison.p if result.sequential is None else result.sequential_p,
    )
    if min(comparison.n, comparison.n_control) < FEWEST_UNITS:
        return _("fewer than {n} units in an arm are too few for a verdict").format(
            n=FEWEST_UNITS
        )
    if p is not None and p < comparison.alpha:
        return _("with {n} comparisons at once this may be chance").format(
            n=result.n_comparisons
        )
    return _("a change in either direction, or none, would look like this")


def level(value: float | None, metric: Metric) -> str:
    """Write a mean: a share in percent, money with its currency."""
    if metric.kind == "proportion" and value is not None:
        return f"{spoken(100 * value)} %"
    return _money(value, metric) or spoken(value)


def change(value: float | None, metric: Metric) -> str:
    """Write a difference with its sign: of shares in percentage points, of money with
    its currency.
    """
    if metric.kind == "proportion" and value is not None:
        return _("{points} points").format(points=spoken(100 * value, signed=True))
    return _money(value, metric, signed=True) or spoken(value, signed=True)


def _money(value: float | None, metric: Metric, *, signed: bool = False) -> str:
    if value is None or not metric.currency:
        return ""
    return f"{value:{'+' if signed else ''},.2f} {metric.currency}".replace("-", "−")


def spoken(value: float | None, *, signed: bool = False) -> str:
    """Round to three significant digits, without an exponent."""
    if value is None:
        return _("unknown")
    shown = (
        float(f"{value:.{SIGNIFICANT_DIGITS - 1}e}")
        if abs(value) > ROUNDING_NOISE
        else 0.0
    )
    digits = SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(shown))) if shown else 0
    return f"{shown:{'+' if signed else ''},.{min(max(digits, 0), 12)}f}".replace(
        "-", "−"
    )
