"""30 daily looks at 2,000 simulated experiments: how often the naive interval and the
confidence sequence reject.

5 % conversion and heavy-tailed spend. Either 500 customers join each arm every day, or
one audience of 2,000 an arm is written to on the first day and its outcomes grow.
Without a lift every rejection is a false alarm (A/A, at most .05 is promised); with one
it is power (at least .80 at +20 %, .99 at +30 %).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Figure
from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.comparisons.sequential import confidence_sequence

N_RUNS, N_DAYS, PER_DAY, AUDIENCE = 2_000, 30, 500, 2_000
Draw = Callable[[np.random.Generator, int, float], Array]


@dataclass(frozen=True)
class Design:
    who: str
    # one arm, as it stands after each day
    looks: Callable[[np.random.Generator, Draw, float], Iterator[Sample]]
    in_all: int  # units of both arms, known before launch


def converts(rng: np.random.Generator, n: int, lift: float) -> Array:
    return (rng.random(n) < 0.05 * (1 + lift)).astype(np.float64)


def spends(rng: np.random.Generator, n: int, lift: float) -> Array:
    """Most spend nothing, few spend much."""
    return (rng.random(n) < 0.2) * rng.lognormal(2, 1.2, n) * (1 + lift)


def joining(rng: np.random.Generator, draw: Draw, lift: float) -> Iterator[Sample]:
    arm = Sample.empty(1)
    for _ in range(N_DAYS):
        arm += Sample.of(draw(rng, PER_DAY, lift))
        yield arm


def one_audience(rng: np.random.Generator, draw: Draw, lift: float) -> Iterator[Sample]:
    outcome, on_day = draw(rng, AUDIENCE, lift), rng.integers(0, N_DAYS, AUDIENCE)
    for day in range(N_DAYS):
        yield Sample.of(np.where(on_day <= day, outcome, 0.0))


JOINING = Design("500 an arm join daily", joining, 2 * N_DAYS * PER_DAY)
DESIGNS = (JOINING, Design("one audience", one_audience, 2 * AUDIENCE))


def measure() -> Iterator[Figure]:
    for design in DESIGNS:
        for name, draw in (
            ("5 % conversion", converts),
            ("heavy-tailed spend", spends),
        ):
            naive, always_valid = _shares_that_reject(design, draw, 0.0)
            yield Figure(
                f"A/A false alarms, {name}, {design.who}",
                always_valid,
                "of runs",
                naive,
                "naive interval",
            )
    for lift in (0.2, 0.3):
        naive, always_valid = _shares_that_reject(JOINING, converts, lift)
        yield Figure(
            f"power at +{100 * lift:.0f} %, 5 % conversion",
            always_valid,
            "of runs",
            naive,
            "naive interval",
        )


def _shares_that_reject(design: Design, draw: Draw, lift: float) -> tuple[float, float]:
    rng = np.random.default_rng(42)
    ever = [
        _ever_rejects(
            design, design.looks(rng, draw, 0.0), design.looks(rng, draw, lift)
        )
        for _ in range(N_RUNS)
    ]
    naive, always_valid = np.mean(ever, axis=0)
    return float(naive), float(always_valid)


def _ever_rejects(
    design: Design, control: Iterator[Sample], treated: Iterator[Sample]
) -> tuple[bool, bool]:
    naive = always_valid = False
    for one, other in zip(control, treated, strict=True):
        seen = compare_means(one, other)
        sequence = confidence_sequence(seen, design.in_all)
        naive = naive or (seen.p is not None and seen.p < seen.alpha)
        always_valid = always_valid or (
            sequence is not None and (sequence.low > 0 or sequence.high < 0)
        )
    return naive, always_valid
