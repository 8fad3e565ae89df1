"""How well scores tell what customers do, on three real shops, each beside recency and
RFM.

Complete Journey (PyPI): windows of 30 days, the last before 2017-12-31 tests. Online
Retail (`SHARED_DATA`): the last before 2011-12-09 tests, across the turn of the season.
CDNOW: BG/NBD against the published estimates, which must come out. What a gate would
choose is told beside each figure; a recency, RFM or BG/NBD baseline more than 2 %
weaker than known fails the benchmark.
"""

from __future__ import annotations

import csv
import gzip
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from benchmarks.bare.known import Known
from benchmarks.figures import Figure

if TYPE_CHECKING:
    from profiles.history import Tables
    from recommender.scorers.fitting import Trial

JOURNEY_ENDS, RETAIL_ENDS = (
    datetime(2017, 12, 31, 5, tzinfo=UTC),
    datetime(2011, 12, 9, tzinfo=UTC),
)
KNOWN: dict[
    tuple[str, str], dict[str, tuple[float, float | None]]
] = {  # by shop and question: of a candidate, its AUC and its log loss
    ("Complete Journey", "purchase"): {
        "recency": (0.835, 0.350),
        "rfm": (0.875, 0.330),
    },
    ("Complete Journey", "spend_drop"): {
        "recency": (0.631, None),
        "rfm": (0.687, None),
    },
    ("Online Retail", "purchase"): {
        "recency": (0.671, None),
        "rfm": (0.733, None),
        "lifetime": (0.740, None),
    },
}
TARGETS = {
    ("Complete Journey", "purchase"): {"auc": 0.888, "log_loss": 0.305, "ece": 0.02},
    ("Complete Journey", "spend_drop"): {"auc": 0.72},
    ("Online Retail", "purchase"): {"auc": 0.747},
}
DEPARTMENTS_TARGET, MAE_TARGET, KNOWN_CORRELATION = 0.976, 0.79, 0.626
N_DEPARTMENTS = 6
SEED = 0
CDNOW = Path(__file__).parents[2] / "tests" / "recommender" / "data" / "cdnow.csv.gz"
WEEKS_AHEAD = 39.0
COLUMNS = """
    customer_id, type, "at"::TIMESTAMPTZ AS happened_at, '' AS source, item_id::VARCHAR AS item_id,
    order_id::VARCHAR AS order_id, coalesce(order_id::VARCHAR, "at"::TIMESTAMPTZ::VARCHAR) AS order_key,
    quantity::DOUBLE AS quantity, price::DOUBLE AS price, {discount}::DOUBLE AS discount, NULL::VARCHAR AS text
"""


def measure() -> Iterator[Figure]:
    django.setup()
    known = Known()
    yield from _cdnow(known)
    from benchmarks.shops import files

    with tempfile.TemporaryDirectory() as folder:
        files.journey(Path(folder))
        yield from _journey(Path(folder), known)
    with tempfile.TemporaryDirectory() as folder:
        try:
            files.retail(Path(folder))
        except FileNotFoundError as error:
            print(
                f"skipped: {error.filename} is not there; set SHARED_DATA",
                file=sys.stderr,
            )
        else:
            yield from _retail(Path(folder), known)
    known.settle()


def _journey(folder: Path, known: Known) -> Iterator[Figure]:
    """Three questions about everything, and purchases of the largest departments."""
    tables = _tables(folder, JOURNEY_ENDS, "discount")
    questions = {
        "purchase": ("auc", "log_loss", "ece"),
        "spend_drop": ("auc",),
        "value": VALUE,
    }
    yield from _questions("Complete Journey", tables, questions, known)
    yield from _departments(tables)


def _questions(
    shop: str, tables: Tables, questions: Mapping[str, tuple[str, ...]], known: Known
) -> Iterator[Figure]:
    """Ask a shop's questions about everything, of features made once."""
    began = time.process_time()
    lesson = _lesson(tables)
    for key, metrics in questions.items():
        tried, chosen = _tried(lesson, key)
        yield from _rows(f"{shop}, {key}", tried, chosen, metrics)
        yield from _beside(shop, key, tried, chosen, known)
    yield Figure(
        f"{shop}, {len(questions)} questions: learning",
        round(time.process_time() - began, 1),
        "CPU s",
    )


def _beside(
    shop: str, key: str, tried: Trial, chosen: str, known: Known
) -> Iterator[Figure]:
    """Put the baselines beside what is known of them, and what scores beside what is
    wanted.
    """
    from recommender.stats.probabilities import PROBABILITY

    def of(name: str, metric: str) -> float:
        return PROBABILITY[metric](tried.y, tried.expected(name))

    for name, (auc, loss) in KNOWN.get((shop, key), {}).items():
        yield known.beside(f"{shop}, {key}: baseline {name}, auc", of(name, "auc"), auc)
        if loss:
            what = f"{shop}, {key}: baseline {name}, log loss"
            yield known.beside(what, of(name, "log_loss"), loss, lower_is_better=True)
    for metric, wanted in TARGETS.get((shop, key), {}).items():
        yield Figure(
            f"{shop}, {key}: {metric}, target",
            round(of(chosen, metric), 4),
            "",
            wanted,
            "wanted",
        )


def _departments(tables: Tables) -> Iterator[Figure]:
    import numpy as np

    from recommender.propensity.scope import Scope

    ratios, began = [], time.process_time()
    for name in _largest(tables):
        tried, chosen = _tried(_lesson(tables, Scope(name)), "purchase")
        loss, rfm = (float(tried.losses(one).mean()) for one in (chosen, "rfm"))
        ratios.append(loss / rfm)
        yield Figure(
            f"Complete Journey, buys in {name}: log loss",
            round(loss, 4),
            "",
            round(rfm, 4),
            "RFM",
        )
    what = "Complete Journey, departments: log loss ÷ RFM, target"
    yield Figure(
        what, round(float(np.mean(ratios)), 4), "", DEPARTMENTS_TARGET, "wanted"
    )
    yield Figure(
        "Complete Journey, departments: learning",
        round(time.process_time() - began, 1),
        "CPU s",
    )


def _retail(folder: Path, known: Known) -> Iterator[Figure]:
    questions = {"purchase": ("auc", "log_loss", "ece"), "value": VALUE}
    yield from _questions(
        "Online Retail", _tables(folder, RETAIL_ENDS, "0"), questions, known
    )


VALUE = ("rank_correlation", "mae", "total_error")


def _cdnow(known: Known) -> Iterator[Figure]:
    """The published estimates of Fader, Hardie & Lee (2005), and how far the next 39
    weeks were from what was said.
    """
    import numpy as np

    from recommender.stats.lifetimes import BuyTillYouDie

    with gzip.open(CDNOW, "rt") as file:
        rows = list(csv.DictReader(file))
    x, t_x, t, later = (
        np.array([float(row[name]) for row in rows])
        for name in ("x", "t_x", "T", "x_star")
    )
    began = time.process_time()
    found = BuyTillYouDie.fit(x, t_x, t)
    seconds = time.process_time() - began
    published = {
        "r": 0.2426,
        "alpha": 4.4136,
        "a": 0.7930,
        "b": 2.4261,
        "log_likelihood": -9582.43,
    }
    for name, value in published.items():
        yield known.exact(
            f"CDNOW: {name}",
            getattr(found, name),
            value,
            within=0.01 if value < 0 else 0.001,
        )
    expected = found.expected(x, t_x, t, WEEKS_AHEAD)
    yield Figure(
        "CDNOW: MAE of 39 weeks, target",
        round(float(np.abs(expected - later).mean()), 4),
        "",
        MAE_TARGET,
        "wanted",
    )
    yield known.beside(
        "CDNOW: correlation, 39 weeks",
        float(np.corrcoef(expected, later)[0, 1]),
        KNOWN_CORRELATION,
    )
    yield Figure("CDNOW: fitting", round(seconds, 2), "CPU s")


def _rows(
    what: str, tried: Trial, chosen: str, metrics: tuple[str, ...]
) -> Iterator[Figure]:
    """Print what the gate chose beside RFM, then every other candidate beside RFM."""
    from recommender.stats.probabilities import AMOUNT, PROBABILITY

    every = PROBABILITY | AMOUNT
    for metric in metrics:
        values = {
            name: every[metric](tried.y, tried.expected(name)) for name in tried.raw
        }
        for name in (
            chosen,
            *(one for one in values if one not in (chosen, "rfm", "base rate")),
        ):
            mark = " (in use)" if name == chosen else ""
            yield Figure(
                f"{what}: {metric}, {name}{mark}",
                round(values[name], 4),
                "",
                round(values["rfm"], 4),
                "RFM",
            )


def _tried(lesson: Any, key: str) -> tuple[Trial, str]:
    import numpy as np

    from recommender.propensity.targets import TARGETS
    from recommender.scorers import fitting

    target, plan = TARGETS[key], lesson.tested
    days = lesson.horizon.days if target.is_lifetime else None
    fit, calibrate = (
        lesson.rows(target, plan.fit),
        lesson.rows(target, [plan.calibrate]),
    )
    candidates = fitting.fit(target.family, lesson.names, fit, calibrate, days, SEED)
    tried = fitting.trial(candidates, lesson.rows(target, [plan.test]))
    return tried, fitting.judge(tried, np.random.default_rng(SEED)).chosen or "blend"


def _lesson(tables: Tables, scope: Any = None) -> Any:
    from recommender.propensity.scope import EVERYTHING
    from recommender.propensity.training import Lesson

    return Lesson(tables.as_of, scope=scope or EVERYTHING, tables=tables)


def _largest(tables: Tables) -> list[str]:
    """Name the departments in which most customers bought."""
    rows = tables.run(
        "SELECT trim(split_part(category, '>', 1)) AS name FROM events JOIN items"
        " USING (item_id) WHERE available GROUP BY name ORDER BY count(DISTINCT"
        f" customer) DESC LIMIT {N_DEPARTMENTS}"
    )
    return rows["name"].to_pylist()


def _tables(folder: Path, as_of: datetime, discount: str) -> Tables:
    """Open a shop's files as a history, without a database."""
    from profiles.history import Tables
    from profiles.history.engine import open_connection

    run = (connection := open_connection()).execute
    items = f"read_parquet('{folder}/items.parquet')"
    columns, events = (
        COLUMNS.format(discount=discount),
        f"read_parquet('{folder}/events.parquet')",
    )
    run(f"CREATE TEMP VIEW read AS SELECT {columns} FROM {events}")
    run(
        "CREATE TEMP TABLE people AS SELECT customer_id, row_number() OVER (ORDER BY"
        " customer_id) AS customer FROM (SELECT DISTINCT customer_id FROM read)"
    )
    run(
        "CREATE TEMP TABLE events AS SELECT read.* EXCLUDE (customer_id), customer,"
        " quantity * price AS revenue FROM read JOIN people USING (customer_id) WHERE"
        f" happened_at < TIMESTAMPTZ '{as_of.isoformat()}'"
    )
    run(
        "CREATE TEMP VIEW customers AS SELECT *, NULL::TIMESTAMPTZ AS signed_up_at FROM"
        " people WHERE customer IN (SELECT customer FROM events)"
    )
    has = {row[0] for row in run(f"DESCRIBE SELECT * FROM {items}").fetchall()}
    more = [
        f"{one} AS {name}"
        for name, one in (("category", "''"), ("available", "true"))
        if name not in has
    ]
    run(f"CREATE TEMP TABLE items AS SELECT {', '.join(['*', *more])} FROM {items}")
    return Tables(as_of, None, connection)
