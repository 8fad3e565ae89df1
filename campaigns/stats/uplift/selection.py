"""Choose the learner by cross-fitting, beside what it must beat, and say whether the
customers differ at all.

Customers are dealt into blocks, and each block is measured by models of the blocks
before it. If every block were measured by models of all others, two blocks would test
each other's models, and the errors would grow together: of a hundred shuffled
treatments nine looked usable. This way they are a martingale's, and intervals hold
(Luedtke and van der Laan 2016). The first block is scored too, but not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from campaigns.stats.uplift import qini
from campaigns.stats.uplift.flags import best_flag
from campaigns.stats.uplift.learners import LEARNERS, Learners, Outcomes, doubly_robust
from campaigns.stats.uplift.trial import Trial

FLAG, RESPONSE, RANDOM, TREAT_ALL = "flag", "response", "random", "treat_all"
# below these nothing can be learned that would hold
FEWEST_PER_ARM = 100
# the first block must teach enough for the second
FIRST_SHARE = 1 / 3
N_BLOCKS, N_BLOCKS_OF_MANY, MANY = 4, 3, 100_000
# more customers would narrow the intervals hardly, and cost minutes
MOST_MEASURED = 500_000
TOP = 0.3
ALPHA = 0.05
SEED = 14
# the trees are small: threads would only wait for each other
one_thread = threadpool_limits.wrap(limits=1)


@dataclass(frozen=True)
class Measured:
    """One way of choosing customers, measured on customers that it never saw."""

    name: str
    kind: str  # learner, random, response, flag or treat_all
    qini: float
    low: float
    high: float
    top: float  # mean effect in the best TOP of customers


@dataclass(frozen=True)
class Selection:
    """What was measured, the chosen learner first to be asked."""

    models: list[Measured]
    learner: str  # a key of LEARNERS
    drawn: np.ndarray  # the rows of the trial that were looked at
    scores: np.ndarray  # their effects by the learner, by models that never saw them
    n_measured: int
    is_usable: bool
    effect: float  # of treating everybody, per customer
    rankings: dict[str, qini.Ranking] = field(repr=False)
    weights: np.ndarray = field(repr=False)

    @property
    def chosen(self) -> Measured:
        return next(one for one in self.models if one.name == LEARNERS[self.learner])


def why_not(trial: Trial) -> str:
    """Say why nothing can be learned from a trial; empty where something may be."""
    n_treated = int(trial.is_treated.sum())
    for words, n in (("treated", n_treated), ("untreated", len(trial) - n_treated)):
        if n < FEWEST_PER_ARM:
            return f"only {n:,} are {words}, and {FEWEST_PER_ARM} are needed"
    if np.ptp(trial.outcome) == 0:
        return "the outcome is the same for everybody"
    if not trial.features.shape[1]:
        return "there is no feature to tell customers apart"
    return ""


@one_thread
def select(
    trial: Trial, progress: Callable[[float], None] = lambda _share: None
) -> Selection:
    """Cross-fit all learners and baselines and choose the learner with the largest
    Qini. Of very many customers some are drawn.
    """
    rng = np.random.default_rng(SEED)
    drawn = np.arange(len(trial))
    if len(trial) > MOST_MEASURED:
        drawn = np.sort(rng.choice(len(trial), MOST_MEASURED, replace=False))
        trial = trial.at(drawn)
    blocks = _blocks(trial, rng)
    scores, effects = _cross_fitted(trial, blocks, rng, progress)
    measured = np.flatnonzero(blocks)
    groups = qini.groups_of(len(measured), rng)
    weights = qini.draws(int(groups.max()) + 1, rng)
    rankings = {
        name: qini.ranking(each[measured], effects[measured], blocks[measured], groups)
        for name, each in scores.items()
    }
    models = _measured(rankings, weights, _flag_name(trial))
    of_learners = {key: models[key] for key in LEARNERS}
    learner = max(of_learners, key=lambda key: of_learners[key].qini)
    return Selection(
        models=list(models.values()),
        learner=learner,
        drawn=drawn,
        scores=scores[learner],
        n_measured=len(measured),
        is_usable=models[learner].low > 0,
        effect=float(effects.mean()),
        rankings=rankings,
        weights=weights,
    )


@one_thread
def fitted(trial: Trial, learner: str) -> Callable[[np.ndarray], np.ndarray]:
    """Fit a learner on everybody; return what gives effects for other features."""
    learned = Learners(trial, (learner,))
    return one_thread(lambda features: learned.effects(features)[learner])


def _blocks(trial: Trial, rng: np.random.Generator) -> np.ndarray:
    """Deal customers into blocks, alike in arm and outcome: rare buyers are in each."""
    n, n_blocks = len(trial), N_BLOCKS if len(trial) < MANY else N_BLOCKS_OF_MANY
    # sorted by arm and outcome, then dealt out: no block is without the few who bought
    order = np.lexsort((rng.random(n), trial.outcome, trial.is_treated))
    # steps of the golden ratio fall evenly into shares of any size
    place = np.arange(n) * (5**0.5 - 1) / 2 % 1
    later = 1 + (place - FIRST_SHARE) / (1 - FIRST_SHARE) * (n_blocks - 1)
    blocks = np.empty(n, dtype=np.int64)
    blocks[order] = np.where(place < FIRST_SHARE, 0, later)
    return blocks


def _cross_fitted(
    trial: Trial,
    blocks: np.ndarray,
    rng: np.random.Generator,
    progress: Callable[[float], None],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return each model's scores and the doubly robust effects, each row by models that
    never saw it.
    """
    n, share = len(trial), trial.share
    names = (*LEARNERS, FLAG, RESPONSE)
    scores = {name: np.empty(n) for name in names}
    effects, n_blocks = np.empty(n), int(blocks.max()) + 1
    for block in range(n_blocks):
        rows = np.flatnonzero(blocks == block)
        held_out = trial.at(rows)
        # only what came before: see the module's head. The first block is scored for
        # the list of customers alone, and measured never.
        rest = trial.at(blocks < block if block else blocks > 0)
        learners = Learners(rest)
        expected = learners.outcomes_.expected(held_out.features)
        effects[rows] = doubly_robust(held_out, expected, share)
        for name, each in learners.effects(held_out.features, expected).items():
            scores[name][rows] = each
        scores[RESPONSE][rows] = _response(expected, share)
        flag = best_flag(rest)
        scores[FLAG][rows] = flag.effects(held_out.features) if flag else 0.0
        progress((block + 1) / n_blocks)
    scores[RANDOM], scores[TREAT_ALL] = rng.random(n), np.zeros(n)
    return scores, effects


def _response(expected: Outcomes, share: float) -> np.ndarray:
    """Return the outcome itself as a score: the likeliest buyers first."""
    return share * expected.treated + (1 - share) * expected.untreated


def _measured(
    rankings: dict[str, qini.Ranking], weights: np.ndarray, flag: str
) -> dict[str, Measured]:
    """Measure all; the learners' intervals hold together, for the best is chosen."""
    once = np.ones((1, weights.shape[1]))
    values = {name: each.qini(once)[0] for name, each in rankings.items()}
    drawn = {name: each.qini(weights) for name, each in rankings.items()}
    names = {**LEARNERS, FLAG: flag, RESPONSE: "response model"}
    names |= {RANDOM: "random", TREAT_ALL: "treat all"}
    found = {}
    together = [list(LEARNERS), *([name] for name in rankings if name not in LEARNERS)]
    for keys in together:
        widths = qini.half_width(
            np.column_stack([drawn[key] for key in keys]),
            np.array([values[key] for key in keys]),
            alpha=ALPHA,
        )
        for key, width in zip(keys, widths, strict=True):
            curve = rankings[key].curve(once)[0]
            top = float(np.interp(TOP, qini.SHARES, curve) / TOP)
            value = float(values[key])
            kind = "learner" if key in LEARNERS else key
            found[key] = Measured(
                names[key], kind, value, float(value - width), float(value + width), top
            )
    return found


def _flag_name(trial: Trial) -> str:
    flag = best_flag(trial)
    return trial.names[flag.column] if flag else "no flag"
