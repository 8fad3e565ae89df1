"""What one asks of an experiment: arms, metrics, covariates, and how sure one wants to
be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal, Self

from campaigns.stats.comparisons.sequential import TUNED_FOR

Kind = Literal["mean", "proportion", "ratio"]
# decides how much one allows for asking several questions
Role = Literal["goal", "also", "guardrail"]


class PlanError(ValueError):
    """The question makes no sense: one clear sentence for whoever asked."""


@dataclass(frozen=True)
class Metric:
    """One outcome per unit. Without a kind, zeros and ones make a proportion and
    anything else a mean.
    """

    column: str
    kind: Kind | None = None
    denominator: str = ""
    is_less_better: bool = False
    label: str = ""
    title: str = ""  # in a person's words
    currency: str = ""  # of money
    role: Role = "goal"
    # of a guardrail: the harm that is still bearable, in the metric's own unit
    margin: float = 0.0

    @property
    def name(self) -> str:
        return self.label or (
            f"{self.column}/{self.denominator}" if self.denominator else self.column
        )

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.denominator) if self.denominator else (self.column,)

    @property
    def use(self) -> str:
        """Say how a unit's rows become its outcome: ``max`` of a share, ``sum``, or the
        sums of a ratio's own pair.

        Each ratio has a pair of its own, for what is pulled in is the pair and not one
        of its columns.
        """
        return (
            "max"
            if self.kind == "proportion"
            else f"pair {self.name}"
            if self.denominator
            else "sum"
        )


@dataclass(frozen=True)
class Plan:
    """The whole question. `split` maps arms to planned shares; empty means equal shares
    of the arms that are there.
    """

    arm: str
    control: str
    metrics: tuple[Metric, ...]
    unit: str | None = None
    covariates: tuple[str, ...] = ()
    split: dict[str, float] = field(default_factory=dict)
    alpha: float = 0.05
    is_sequential: bool = False
    tuned_for: float = TUNED_FOR  # units at which the sequential interval is narrowest
    # known before assignment; the effect is looked at within each
    strata: tuple[str, ...] = ()
    # column with the moment of assignment, and that of the outcome: what came before
    # can't count
    assigned_at: str = ""
    happened_at: str = ""
    # quantile of the amounts above 0 to which larger ones are pulled in
    winsorise: float | None = None

    def __post_init__(self) -> None:
        if not self.metrics:
            raise PlanError("Name at least one --metric or --ratio.")
        if not 0 < self.alpha < 1:
            raise PlanError(f"--alpha must lie between 0 and 1, not {self.alpha}.")
        if outcomes := {
            column for metric in self.metrics for column in metric.columns
        } & set(self.covariates):
            raise PlanError(
                f"'{min(outcomes)}' can't be outcome and covariate at once."
            )
        if self.winsorise is not None and not 0.5 <= self.winsorise < 1:
            raise PlanError(
                "--winsorise takes a quantile from 0.5 to below 1, not"
                f" {self.winsorise}."
            )

    @property
    def value_columns(self) -> tuple[str, ...]:
        """Every column that must hold numbers, once."""
        asked = [column for metric in self.metrics for column in metric.columns]
        return tuple(dict.fromkeys([*asked, *self.covariates]))

    @property
    def all_columns(self) -> tuple[str, ...]:
        others = [
            self.unit or "",
            *self.value_columns,
            *self.strata,
            self.assigned_at,
            self.happened_at,
        ]
        return tuple(dict.fromkeys(filter(None, [self.arm, *others])))

    def arms_in_order(self, found: Iterable[str]) -> list[str]:
        """List control first, then the planned arms, then those that only turned up."""
        return list(dict.fromkeys([self.control, *self.split, *sorted(found)]))

    def shares(self, arms: Mapping[str, int]) -> dict[str, float]:
        """Give the planned share of every arm; unplanned ones have 0. Without a plan
        all arms with units are equal.
        """
        if self.split:
            return {arm: self.split.get(arm, 0.0) for arm in arms}
        n_arms = sum(n > 0 for n in arms.values())
        return {arm: 1 / n_arms if n else 0.0 for arm, n in arms.items()}

    def named_like(self, found: Iterable[str]) -> Self:
        """Spell the arms as the data do, where 0 is written 0.0 or True is written
        true.
        """
        spelling = {_sameness(arm): arm for arm in found}
        spelling |= {arm: arm for arm in found}

        def spelled(arm: str) -> str:
            return spelling.get(arm) or spelling.get(_sameness(arm)) or arm

        split = {spelled(arm): share for arm, share in self.split.items()}
        return replace(self, control=spelled(self.control), split=split)


def _sameness(arm: str) -> str:
    try:
        return str(float(arm))
    except ValueError:
        return arm.strip().casefold()


def read_metric(
    words: str, columns: Sequence[str], *, less_is_better: Sequence[str] = ()
) -> Metric:
    """Read `COL`, `COL:mean` or `COL:proportion`; a column may have a colon in its own
    name.
    """
    column, colon, kind = words.rpartition(":")
    if words in columns or not colon:
        return Metric(words, is_less_better=words in less_is_better)
    if kind not in ("mean", "proportion"):
        raise PlanError(
            f"--metric {words}: write :mean or :proportion after the column."
        )
    return Metric(
        column,
        "mean" if kind == "mean" else "proportion",
        is_less_better=column in less_is_better,
    )


def read_guardrail(
    words: str, columns: Sequence[str], *, less_is_better: Sequence[str] = ()
) -> Metric:
    """Read `COL:MARGIN`: the harm that may be borne, in the column's own unit (0.01 is
    one point of a share).
    """
    column, _, margin = words.rpartition(":")
    try:
        bearable = float(margin)
    except ValueError:
        bearable = -1.0
    if not column or bearable < 0 or not isfinite(bearable):
        raise PlanError(
            f"--guardrail {words}: write the column and the harm that may be borne,"
            " such as complained:0.001."
        )
    metric = read_metric(column, columns, less_is_better=less_is_better)
    return replace(metric, role="guardrail", margin=bearable)


def read_ratio(
    words: str, columns: Sequence[str], *, less_is_better: Sequence[str] = ()
) -> Metric:
    """Read `NUM/DEN`; where a column has a slash in its own name, the cut that gives
    two known columns counts.
    """
    parts = words.split("/")
    cuts = [("/".join(parts[:i]), "/".join(parts[i:])) for i in range(1, len(parts))]
    if not cuts or not all(cuts[0]):
        raise PlanError(
            f"--ratio {words}: write two columns with a slash between, such as"
            " revenue/orders."
        )
    known = [cut for cut in cuts if set(cut) <= set(columns)]
    numerator, denominator = (known or cuts)[0]
    return Metric(numerator, "ratio", denominator, words in less_is_better)


def read_split(words: str) -> dict[str, float]:
    """Read `A=0.5,B=0.5`; any weights above or equal to 0 will do, they are scaled to
    sum to 1.
    """
    weights: dict[str, float] = {}
    for part in words.split(","):
        arm, _, share = part.rpartition("=")
        weights[arm.strip()] = _weight(share, words)
    if (
        "" in weights
        or len(weights) != words.count(",") + 1
        or sum(weights.values()) <= 0
    ):
        raise PlanError(
            f"--split {words}: write every arm once with its share, such as"
            " A=0.5,B=0.5."
        )
    return {arm: weight / sum(weights.values()) for arm, weight in weights.items()}


def _weight(share: str, words: str) -> float:
    try:
        weight = float(share)
    except ValueError:
        weight = -1.0
    if weight < 0 or not isfinite(weight):
        raise PlanError(
            f"--split {words}: '{share.strip()}' is not a share; write for example"
            " A=0.5,B=0.5."
        )
    return weight
