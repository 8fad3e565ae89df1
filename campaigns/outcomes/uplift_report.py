"""What `manage.py uplift` answers, and the scores and the chart that it writes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from campaigns.outcomes import trial_file
from campaigns.outcomes.trial_file import TrialColumns, TrialFile
from campaigns.outcomes.uplift_chart import chart_svg
from campaigns.stats.uplift import qini
from campaigns.stats.uplift.profit import Profit, profit
from campaigns.stats.uplift.selection import TOP, Selection, fitted, select, why_not
from retention_site.lib.table_file import FileError, opened

CURVE_STEP = 5  # of the 101 shares


@dataclass(frozen=True)
class Money:
    """What a unit of outcome brings and what treating one customer costs."""

    gain: float = 1.0
    cost: float = 0.0

    def __post_init__(self) -> None:
        if not np.isfinite([self.gain, self.cost]).all():
            raise FileError("--gain and --cost must be numbers.")


def report(
    path: Path,
    ask: TrialColumns,
    money: Money,
    *,
    predict: Path | None = None,
    out: Path | None = None,
    chart: Path | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Learn from a file and say for whom the treatment changes something."""
    with opened(path) as file:
        read = trial_file.read(file, ask)
    reason = why_not(read.trial)
    if reason:
        progress(1)
        if out:
            _write(out, [], [])
        return _nothing(read, f"Nothing can be learned: {reason}.")
    progress(0.1)
    found = select(read.trial, lambda share: progress(0.1 + 0.8 * share))
    if out:
        _write(out, *_scores(read, found, predict))
    earned = profit(
        found.rankings[found.learner],
        found.weights,
        gain=money.gain,
        cost=money.cost,
    )
    if chart:
        chart.write_text(chart_svg(found, earned), encoding="utf-8")
    progress(1)
    return _answer(read, found, earned, money)


def _nothing(read: TrialFile, sentence: str) -> dict[str, Any]:
    return {
        "n": len(read.trial),
        "n_measured": 0,
        "learner": None,
        "usable": False,
        "sentence": sentence,
        "effect": None,
        "qini": None,
        "qini_low": None,
        "qini_high": None,
        "models": [],
        "curve": [],
        "profit": None,
        "features": list(read.trial.names),
        "left_out": read.left_out,
        "problems": read.problems,
    }


def _answer(
    read: TrialFile, found: Selection, earned: Profit, money: Money
) -> dict[str, Any]:
    best = found.chosen
    return _nothing(read, _sentence(found)) | {
        "n_measured": found.n_measured,
        "learner": best.name,
        "usable": found.is_usable,
        "effect": found.effect,
        "qini": best.qini,
        "qini_low": best.low,
        "qini_high": best.high,
        "models": [
            {
                "name": one.name,
                "kind": one.kind,
                "qini": one.qini,
                "qini_low": one.low,
                "qini_high": one.high,
                "uplift_at_30": one.top,
            }
            for one in found.models
        ],
        "curve": _curve(found, earned),
        "profit": {
            **asdict(money),
            "best_share": earned.best_share,
            "best": earned.best,
            "treat_all": earned.treat_all,
            "ahead_low": earned.low,
            "ahead_high": earned.high,
            "aucc": earned.aucc,
        },
    }


def _curve(found: Selection, earned: Profit) -> list[dict[str, float]]:
    ranking = found.rankings[found.learner]
    gathered = ranking.curve(np.ones((1, found.weights.shape[1])))[0]
    low, high = np.quantile(ranking.curve(found.weights), [0.025, 0.975], axis=0)
    return [
        {
            "share": float(qini.SHARES[at]),
            "uplift": float(gathered[at]),
            "low": float(low[at]),
            "high": float(high[at]),
            "random": float(gathered[-1] * qini.SHARES[at]),
            "profit": float(earned.curve[at]),
        }
        for at in range(0, len(qini.SHARES), CURVE_STEP)
    ]


def _sentence(found: Selection) -> str:
    best = found.chosen
    interval = f"{best.qini:.3g} ({best.low:.3g} to {best.high:.3g})"
    if not found.is_usable:
        return (
            "No usable heterogeneity: ranking customers gains nothing that chance"
            f" doesn't explain, Qini {interval}."
        )
    flag = next(one for one in found.models if one.kind == "flag")
    beside = (
        f" The single flag '{flag.name}' does as well: prefer it."
        if flag.qini >= best.qini
        else ""
    )
    return (
        f"Customers differ: the best {TOP:.0%} by the {best.name} gain {best.top:.3g}"
        f" each, all together {found.effect:.3g} each; Qini {interval}.{beside}"
    )


def _scores(
    read: TrialFile, found: Selection, predict: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and their effects: of the other file, else of this by cross-fitting."""
    trial, drawn = read.trial, found.drawn
    if predict is None and len(drawn) == len(trial):
        return read.rows, found.scores
    score = fitted(trial.at(drawn), found.learner)
    if predict is None:
        # what wasn't needed to measure was never seen: scored like strangers
        scores = np.empty(len(trial))
        scores[drawn] = found.scores
        others = np.setdiff1d(np.arange(len(trial)), drawn)
        scores[others] = score(trial.features[others])
        return read.rows, scores
    with opened(predict) as file:
        trial_file.number_rows(file)
        features = trial_file.values(file, read.columns)
    return np.arange(len(features)), score(features)


def _write(out: Path, rows: Any, scores: Any) -> None:
    with out.open("w", newline="", encoding="utf-8") as opened_file:
        writer = csv.writer(opened_file)
        writer.writerow(["row", "uplift"])
        writer.writerows(
            (int(row), float(score)) for row, score in zip(rows, scores, strict=True)
        )
