"""Put on a card what a test window has shown: figures with intervals beside the
baselines', by group, calibration.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from profiles.jobs.heartbeat import peak_mib
from recommender.model_cards import Card, in_use
from recommender.scorers.fitting import Trial, Verdict
from recommender.scorers.link_functions import Family
from recommender.stats import probabilities

from .features import Snapshot
from .windows import Plan

if TYPE_CHECKING:
    from .training import Question

SEED = 1
GROUPS = (
    ("0 orders", 0, 0),
    ("1 order", 1, 1),
    ("2–4 orders", 2, 4),
    ("5 orders and more", 5, np.inf),
)
NEW_DAYS = 90
MOST_COHORTS = 8  # quarters of first orders that are shown


def measure(family: Family) -> str:
    """The figure by which versions are compared; lower is better."""
    return "log_loss" if family is Family.YES else "poisson_loss"


def card(
    question: Question,
    version: str,
    plan: Plan,
    tried: Trial,
    chosen: str,
    verdict: Verdict,
    n_fit: int,
    snapshot: Snapshot,
    began: float,
    more: dict[str, Any],
) -> Card:
    """Show what each candidate said of the test window; ``snapshot`` holds its
    customers, ``more`` what to add.
    """
    figures = {name: _figures(tried, name) for name in tried.raw}
    metrics = figures.pop(chosen)
    loss = metrics[measure(tried.family)]["value"]
    return Card(
        model=question.model,
        version=version,
        label=question.label,
        horizon_days=question.horizon_days,
        windows=dict(plan.dates()),
        n={"fit": n_fit, "test": len(tried.y)},
        metrics=metrics,
        baselines=figures,
        groups=_groups(tried, chosen, snapshot),
        calibration=[
            asdict(one)
            for one in probabilities.reliability(tried.y, tried.expected(chosen))
        ],
        cost={
            "cpu_seconds": round(time.process_time() - began, 1),
            "peak_mib": round(peak_mib(), 1),
        },
        drift=_drift(
            question.model, version, float(tried.y.mean()), measure(tried.family), loss
        ),
        more={
            "scorer": chosen,
            "verdict": verdict.why,
            "base_rate": float(tried.y.mean()),
            "against_rfm": (
                verdict.against_rfm.as_dict() if verdict.against_rfm else None
            ),
            **more,
        },
    )


def _figures(tried: Trial, name: str) -> dict[str, dict[str, float]]:
    is_yes = tried.family is Family.YES
    metrics = probabilities.PROBABILITY if is_yes else probabilities.AMOUNT
    expected, rng = tried.expected(name), np.random.default_rng(SEED)
    found = {
        key: one.as_dict()
        for key, one in probabilities.estimates(metrics, tried.y, expected, rng).items()
    }
    if not is_yes:
        found[measure(tried.family)] = probabilities.mean(
            tried.losses(name), rng
        ).as_dict()
    return found


def _groups(tried: Trial, chosen: str, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Measure apart those of whom little is known, newcomers and old hands, and who
    came in the same quarter.
    """
    n_orders, tenure = snapshot.column("n_orders"), snapshot.column("tenure")
    wanted = {
        name: (n_orders >= low) & (n_orders <= high) for name, low, high in GROUPS
    }
    wanted["first order within 90 days"] = tenure < NEW_DAYS
    wanted["first order longer ago"] = tenure >= NEW_DAYS
    wanted |= _cohorts(snapshot)
    return {name: _group(tried.of(who), chosen) for name, who in wanted.items()}


def _cohorts(snapshot: Snapshot) -> dict[str, Any]:
    """Tell customers apart by the quarter of their first order, the newest ones one by
    one.
    """
    began = np.datetime64(snapshot.moment.replace(tzinfo=None), "D") - np.nan_to_num(
        snapshot.column("tenure")
    ).astype("timedelta64[D]")
    quarter = np.where(
        np.isnan(snapshot.column("tenure")),
        -1,
        began.astype("datetime64[M]").astype(int) // 3,
    )
    newest = sorted({int(one) for one in quarter if one >= 0})[-MOST_COHORTS:]
    return {f"since {1970 + one // 4} Q{one % 4 + 1}": quarter == one for one in newest}


def _group(tried: Trial, chosen: str) -> dict[str, Any]:
    if not len(tried.y):
        return {"n": 0}
    mean = {
        "observed": float(tried.y.mean()),
        "predicted": float(tried.expected(chosen).mean()),
    }
    return {"n": len(tried.y), **mean, **_figures(tried, chosen)}


def _drift(
    model: str, version: str, base_rate: float, name: str, loss: float
) -> dict[str, float | str] | None:
    """Say how far the base rate and the loss have moved since the version in use was
    tested; None for the first.
    """
    last = in_use(model, besides=version)
    if last is None or "base_rate" not in last.card or name not in last.card["metrics"]:
        return None
    then = last.card["metrics"][name]["value"]
    return {
        "since": last.version,
        "base_rate": base_rate - last.card["base_rate"],
        name: loss - then,
    }
