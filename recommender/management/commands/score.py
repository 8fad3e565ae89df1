"""Write everybody's score: `manage.py score purchase|churn|value|spend_drop --out F`."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from profiles import history, segments
from recommender.model_cards import NoModel
from recommender.propensity import prediction
from recommender.propensity.reason_words import N_REASONS
from recommender.propensity.scope import Scope
from recommender.propensity.targets import KINDS
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, Failed, RapportCommand, moment

AMOUNTS = ("usual", *(f"amount_{n}" for n in range(1, N_REASONS + 1)), "rest")
HEADER = ("customer_id", "score", *(f"reason_{n}" for n in range(1, N_REASONS + 1)))


class Command(RapportCommand):
    help = (
        "Write how likely each customer is to buy, to fall silent or to spend less, or"
        " how much, with reasons."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind",
            choices=list(KINDS),
            help="churn: no purchase in the horizon; value: money",
        )
        parser.add_argument(
            "--as-of", type=moment, metavar="T", help="as it was then; default: now"
        )
        parser.add_argument(
            "--horizon", type=int, default=30, metavar="DAYS", help="how far ahead"
        )
        parser.add_argument(
            "--category",
            metavar="X",
            help="only purchases of this category, any level or path",
        )
        parser.add_argument(
            "--item", metavar="ITEM_ID", help="only purchases of this item"
        )
        parser.add_argument(
            "--where", metavar="TRAIT=VALUE", help="only these customers"
        )
        parser.add_argument(
            "--changes",
            action="store_true",
            help="one more column: what would change each score",
        )
        parser.add_argument(
            "--amounts",
            action="store_true",
            help="more columns: what the reasons come to; with the rest they add up to"
            " the score",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="scores.csv")

    def work(
        self,
        kind: str,
        as_of: datetime | None,
        horizon: int,
        category: str | None,
        item: str | None,
        where: str | None,
        changes: bool,
        amounts: bool,
        out: Path,
        **_options: Any,
    ) -> dict[str, Any]:
        if not 1 <= horizon <= prediction.LONGEST_DAYS:
            raise BadInput(f"--horizon must be 1 to {prediction.LONGEST_DAYS} days.")
        if category and item:
            raise BadInput("--category and --item can't be asked together.")
        history.refresh()
        try:
            answer = prediction.ask(KINDS[kind], as_of, horizon, Scope(category, item))
        except prediction.UnknownScope as error:
            raise BadInput(str(error)) from error
        except NoModel as error:
            raise Failed(str(error)) from error
        rows = answer.rows(_only(where, as_of or now()))
        _write(out, rows, with_changes=changes, with_amounts=amounts)
        return {
            "kind": kind,
            "as_of": answer.as_of,
            "horizon_days": horizon,
            "model": answer.model,
            "trained_to": answer.trained_to,
            "n": len(rows),
            "base_rate": answer.base_rate,
        }

    def say(self, answer: dict[str, Any]) -> str:
        return (
            f"{answer['n']} customers scored by {answer['model']}, trained to"
            f" {answer['trained_to']:%Y-%m-%d}"
        )


def _only(where: str | None, as_of: datetime) -> np.ndarray[Any, Any] | None:
    if where is None:
        return None
    key, sign, value = where.partition("=")
    if not sign or not key.strip():
        raise BadInput("--where takes TRAIT=VALUE, such as region=east.")
    trait = {"is": "trait", "key": key.strip()}
    try:
        found = segments.members({**trait, "equals": value.strip()}, as_of)
        if not len(found) and not len(
            segments.members({**trait, "is_set": True}, as_of)
        ):
            raise BadInput(f"No customer has a trait named {key.strip()!r}.")
    except segments.BadRule as error:
        raise BadInput(str(error)) from error
    return found


def _write(
    path: Path,
    rows: list[prediction.Row],
    *,
    with_changes: bool,
    with_amounts: bool,
) -> None:
    more = [*(["change"] if with_changes else []), *(AMOUNTS if with_amounts else [])]
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*HEADER, *more])
            for row in rows:
                said = row.reasons.words[: len(row.reasons.amounts)]
                cells = [row.customer, repr(row.value), *_filled(said)]
                cells += [row.change] if with_changes else []
                writer.writerow(cells + (_amounts(row) if with_amounts else []))
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}.") from error


def _amounts(row: prediction.Row) -> list[str]:
    why = row.reasons
    return [
        repr(why.usual),
        *_filled([repr(one) for one in why.amounts]),
        repr(why.rest),
    ]


def _filled(cells: list[str]) -> list[str]:
    return (cells + [""] * N_REASONS)[:N_REASONS]
