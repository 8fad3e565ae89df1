"""Put on a card what a test window has shown: figures with intervals beside the baselines', by group, calibration."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from profiles.jobs.heartbeat import peak_mib
from recommender.model_cards import Card
from recommender.models import ModelVersion
from recommender.scorers.families import Family, Floats
from recommender.scorers.learning import Rows, Verdict, losses
from recommender.scorers.mixture import Mixture
from recommender.stats import probabilities

from .features import Snapshot
from .windows import Plan

if TYPE_CHECKING:
    from .training import Question

SEED = 1
GROUPS = (("0 orders", 0, 0), ("1 order", 1, 1), ("2–4 orders", 2, 4), ("5 orders and more", 5, np.inf))
NEW_DAYS = 90


def measure(family: Family) -> str:
    """The figure by which versions are compared; lower is better."""
    return "log_loss" if family is Family.YES else "poisson_loss"


def card(
    question: Question, version: str, plan: Plan, candidates: dict[str, Mixture], chosen: str, verdict: Verdict,
    fit: Rows, test: Rows, snapshot: Snapshot, began: float,
) -> Card:  # fmt: skip
    """Measure every candidate on the test window."""
    figures = {name: _figures(one, test) for name, one in candidates.items()}
    expected = candidates[chosen].expected(test.x)
    metrics = figures.pop(chosen)
    return Card(
        model=question.model,
        version=version,
        label=question.label,
        horizon_days=question.horizon_days,
        windows=dict(plan.dates()),
        n={"fit": len(fit), "test": len(test)},
        metrics=metrics,
        baselines=figures,
        groups=_groups(candidates[chosen], test, snapshot),
        calibration=[asdict(one) for one in probabilities.reliability(test.y, expected)],
        cost={"cpu_seconds": round(time.process_time() - began, 1), "peak_mib": round(peak_mib(), 1)},
        drift=_drift(question.model, version, float(test.y.mean()), metrics[measure(test_family(candidates))]["value"]),
        more={
            "scorer": chosen,
            "verdict": verdict.why,
            "base_rate": float(test.y.mean()),
            "parts": _parts(candidates["blend"]),
            "against_rfm": verdict.against_rfm.as_dict() if verdict.against_rfm else None,
        },
    )


def test_family(candidates: dict[str, Mixture]) -> Family:
    return candidates["blend"].family


def _figures(scorer: Mixture, test: Rows) -> dict[str, dict[str, float]]:
    is_yes = scorer.family is Family.YES
    metrics = probabilities.PROBABILITY if is_yes else probabilities.AMOUNT
    expected, rng = scorer.expected(test.x), np.random.default_rng(SEED)
    found = {name: one.as_dict() for name, one in probabilities.estimates(metrics, test.y, expected, rng).items()}
    if not is_yes:
        found[measure(scorer.family)] = probabilities.mean(losses(scorer, test), rng).as_dict()
    return found


def _groups(scorer: Mixture, test: Rows, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    """Measure apart those of whom little is known, and newcomers and old hands."""
    n_orders, tenure = snapshot.column("n_orders"), snapshot.column("tenure")
    wanted = {name: (n_orders >= low) & (n_orders <= high) for name, low, high in GROUPS}
    wanted["first order within 90 days"] = tenure < NEW_DAYS
    wanted["first order longer ago"] = tenure >= NEW_DAYS
    return {name: _group(scorer, Rows(test.x[who], test.y[who])) for name, who in wanted.items()}


def _group(scorer: Mixture, rows: Rows) -> dict[str, Any]:
    if not len(rows):
        return {"n": 0}
    mean = {"observed": float(rows.y.mean()), "predicted": float(scorer.expected(rows.x).mean())}
    return {"n": len(rows), **mean, **_figures(scorer, rows)}


def _parts(blend: Mixture) -> dict[str, float]:
    return {part.key: float(weight) for part, weight in zip(blend.parts, blend.weights, strict=True)}


def _drift(model: str, version: str, base_rate: float, loss: float) -> dict[str, float | str] | None:
    """Say how far the base rate and the loss have moved since the version in use was tested; None for the first."""
    last = ModelVersion.objects.filter(model=model, is_promoted=True).exclude(version=version).first()
    if last is None or "base_rate" not in last.card:
        return None
    name = "poisson_loss" if "poisson_loss" in last.card["metrics"] else "log_loss"
    then = last.card["metrics"][name]["value"]
    return {"since": last.version, "base_rate": base_rate - last.card["base_rate"], name: loss - then}


__all__ = ["Floats", "card", "measure"]
