"""Encode the texts of the shop in workers, then place items and customers among them."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from profiles import history
from profiles.history import Tables
from profiles.jobs import Progress
from profiles.models import Job
from recommender import model_files
from recommender.interactions import Assortment, assortment
from retention_site.lib import clock

from .customer_texts import CustomerTexts, said
from .encoding import encode_missing
from .item_space_builder import place_everything
from .store import home

# that can be found and have neighbours: many more than engines rank
MOST_ITEMS = 400_000
# a worker takes about a second for them: several share a shop's texts
TEXTS_PER_PART = 1_024


class VectorsJob:
    """Encode what can be recommended and what customers said; the same text is encoded
    once for ever.

    The worker that finds every text encoded places items and customers: one always
    comes last.
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        as_of = job.params.get("as_of") or clock.now().isoformat()
        _tables, shop, words = _read(job.pk, as_of)
        n_texts = len({*shop.texts, *words.text})
        n_parts = max(-(-n_texts // TEXTS_PER_PART), 1)
        is_past = bool(job.params.get("is_past"))
        return [
            {"as_of": as_of, "part": part, "n_parts": n_parts, "is_past": is_past}
            for part in range(n_parts)
        ]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        tables, shop, words = _read(job.pk, chunk["as_of"])
        done = encode_missing(
            shop.texts,
            part=chunk["part"],
            n_parts=chunk["n_parts"],
            progress=progress,
            said=words.text,
            is_past=bool(chunk["is_past"]),
        )
        is_last = _marked(home() / f"job-{job.pk}", chunk["part"]) == chunk["n_parts"]
        placed: dict[str, Any] = (
            place_everything(tables, shop, words)
            if is_last and not chunk["is_past"]
            else {}
        )
        return done | {"placed": placed}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        shutil.rmtree(home() / f"job-{job.pk}", ignore_errors=True)
        model_files.forget_under(home())
        totals = {
            name: sum(one[name] for one in results)
            for name in ("texts", "encoded", "unreadable")
        }
        placed: dict[str, Any] = next(
            (one["placed"] for one in results if one["placed"]), {}
        )
        return {
            "space": results[0]["name"],
            "why": results[0]["why"],
            **totals,
            **placed,
        }


def _marked(folder: Path, part: int) -> int:
    """Note that a part is encoded, and count those that are: of several at once, the
    last to note it sees all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(part)).touch()
    return len(list(folder.iterdir()))


@lru_cache(maxsize=1)
def _read(job: int, as_of: str) -> tuple[Tables, Assortment, CustomerTexts]:
    """Read the shop once for all parts of a job that this process does."""
    tables = history.tables(as_of=datetime.fromisoformat(as_of))
    return (
        tables,
        assortment(tables, most=MOST_ITEMS, unsold=MOST_ITEMS // 2),
        said(tables),
    )
