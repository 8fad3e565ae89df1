"""30 daily looks at 2,000 simulated experiments: how often the naive interval and the confidence sequence reject.

5 % conversion and heavy-tailed spend, 500 customers per arm and day. Without a lift every rejection is a false alarm
(A/A, at most .05 is promised); with one it is power (at least .80 at +20 %, .99 at +30 %).
"""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.figures import Figure
from campaigns.proof.stats.means import compare_means
from campaigns.proof.stats.samples import Array, Sample
from campaigns.proof.stats.sequential import confidence_sequence

N_RUNS, N_DAYS, PER_DAY = 2_000, 30, 500
TUNED_FOR = 2 * N_DAYS * PER_DAY  # what is known before launch
Draw = Callable[[np.random.Generator, int, float], Array]


def converts(rng: np.random.Generator, n: int, lift: float) -> Array:
    return (rng.random(n) < 0.05 * (1 + lift)).astype(np.float64)


def spends(rng: np.random.Generator, n: int, lift: float) -> Array:
    """Most spend nothing, few spend much."""
    return (rng.random(n) < 0.2) * rng.lognormal(2, 1.2, n) * (1 + lift)


def measure() -> Iterator[Figure]:
    for name, draw in (("5 % conversion", converts), ("heavy-tailed spend", spends)):
        naive, always_valid = _shares_that_reject(draw, 0.0)
        yield Figure(f"A/A false alarms, {name}", always_valid, "of runs", naive, "naive interval")
    for lift in (0.2, 0.3):
        naive, always_valid = _shares_that_reject(converts, lift)
        yield Figure(f"power at +{100 * lift:.0f} %, 5 % conversion", always_valid, "of runs", naive, "naive interval")


def _shares_that_reject(draw: Draw, lift: float) -> tuple[float, float]:
    rng = np.random.default_rng(42)
    ever = [_ever_rejects(rng, draw, lift) for _ in range(N_RUNS)]
    naive, always_valid = np.mean(ever, axis=0)
    return float(naive), float(always_valid)


def _ever_rejects(rng: np.random.Generator, draw: Draw, lift: float) -> tuple[bool, bool]:
    control, treated, naive, always_valid = Sample.empty(1), Sample.empty(1), False, False
    for _ in range(N_DAYS):
        control, treated = control + Sample.of(draw(rng, PER_DAY, 0.0)), treated + Sample.of(draw(rng, PER_DAY, lift))
        seen = compare_means(control, treated)
        sequence = confidence_sequence(seen, TUNED_FOR)
        naive = naive or (seen.p is not None and seen.p < seen.alpha)
        always_valid = always_valid or (sequence is not None and (sequence.low > 0 or sequence.high < 0))
    return naive, always_valid
