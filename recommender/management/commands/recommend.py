"""Write everybody's recommendations: `manage.py recommend --k 10 --out recs.csv`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from profiles import history
from recommender import model_cards
from recommender.id_files import read_ids
from recommender.interactions import known_customers
from recommender.lists import rules
from recommender.lists.builder import Entry, Listing, by_one_engine
from recommender.matrices.modes import MODES, Mode
from recommender.training import MODEL, Trained, load
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand, moment

ALL_TIME = datetime(9999, 1, 1, tzinfo=UTC)
HEADER = ("customer_id", "rank", "item_id", "score", "reason", "engine")


class Command(RapportCommand):
    help = (
        "Write what each customer is likely to want next, with the reason, to a file."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--k", type=int, default=10, help="items per customer")
        parser.add_argument(
            "--as-of", type=moment, metavar="T", help="as it was then; default: now"
        )
        parser.add_argument(
            "--customers", type=Path, metavar="FILE", help="only these: a column of ids"
        )
        parser.add_argument(
            "--items", type=Path, metavar="FILE", help="only these: a column of ids"
        )
        parser.add_argument(
            "--mode", choices=MODES, default="all", help="what may stand in a list"
        )
        parser.add_argument(
            "--engine",
            metavar="KEY",
            help="one engine alone instead of the learned blend",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="recs.csv")

    def work(
        self,
        k: int,
        as_of: datetime | None,
        customers: Path | None,
        items: Path | None,
        mode: Mode,
        engine: str | None,
        out: Path,
        **_options: Any,
    ) -> dict[str, Any]:
        began = monotonic()
        if k < 1:
            raise BadInput("--k must be at least 1.")
        only, wanted = read_ids(items), read_ids(customers)
        trained = _model(as_of, engine)
        history.refresh()
        tables = history.tables(as_of=as_of or now())
        _require_one(tables, only)
        keys, ids = known_customers(tables, history.tables(as_of=ALL_TIME))
        names = _chosen(dict(zip(keys.tolist(), ids, strict=True)), wanted)
        listing = Listing(trained, tables, [mode], k, only, rules.current())
        rows, short = _write(out, listing, names, self.progress("lists"))
        return {
            "mode": mode,
            "k": k,
            "as_of": tables.as_of,
            "model": trained.version,
            "customers": len(names),
            "rows": rows,
            "short": short,
            "seconds": round(monotonic() - began, 2),
        }

    def say(self, answer: dict[str, Any]) -> str:
        short = "".join(f"\n  {n} × {reason}" for reason, n in answer["short"].items())
        return (
            f"{answer['rows']} rows for {answer['customers']} customers by"
            f" {answer['model']}{short}"
        )


def _model(as_of: datetime | None, engine: str | None) -> Trained:
    try:
        trained = load(model_cards.usable(MODEL, as_of).version)
    except model_cards.NoModel as error:
        raise Failed(str(error)) from error
    try:
        return by_one_engine(trained, engine) if engine else trained
    except KeyError as error:
        raise BadInput(str(error.args[0])) from error


def _chosen(known: dict[int, str], wanted: list[str] | None) -> dict[int, str]:
    if wanted is None:
        return known
    asked = set(wanted)
    unknown = asked - set(known.values())
    if unknown:
        raise BadInput(
            f"{len(unknown)} of the customers are unknown, such as {min(unknown)!r}."
        )
    return {key: name for key, name in known.items() if name in asked}


def _require_one(tables: history.Tables, only: list[str] | None) -> None:
    """Refuse a file that names no item of the shop; of others, what is unknown can't be
    shown and is passed over.
    """
    if only is not None and not set(only) & set(
        tables.run("SELECT item_id FROM items")["item_id"].to_pylist()
    ):
        raise BadInput(
            f"None of the {len(set(only))} items is known, such as {min(only)!r}."
        )


def _write(
    path: Path, listing: Listing, names: dict[int, str], progress: Any
) -> tuple[int, dict[str, int]]:
    """Write the lists by customer id; count the short ones by why they are."""
    lists = _told(listing, names, progress)
    short: Counter[str] = Counter()
    rows = 0
    try:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for name, mode, entries in sorted(lists, key=lambda one: one[0]):
                writer.writerows(
                    _row(name, rank, entry) for rank, entry in enumerate(entries, 1)
                )
                rows += len(entries)
                if len(entries) < listing.k:
                    short[_why_short(mode, entries)] += 1
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}.") from error
    return rows, dict(short)


def _told(
    listing: Listing, names: dict[int, str], progress: Any
) -> Iterator[tuple[str, Mode, list[Entry]]]:
    for number, (customer, mode, entries) in enumerate(
        listing.lists(np.array(sorted(names), np.int64)), 1
    ):
        progress(number / len(names))
        yield names[customer], mode, entries


def _row(name: str, rank: int, entry: Entry) -> tuple[Any, ...]:
    return name, rank, entry.item_id, f"{entry.score:.6f}", entry.reason, entry.engine


def _why_short(mode: Mode, entries: list[Entry]) -> str:
    if mode != "repeat":
        return "no more items"
    return "bought fewer items" if entries else "never bought"
