"""Lists for all customers, made ahead in chunks by workers and kept in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import connection, transaction

from profiles import history
from profiles.jobs import Progress
from profiles.models import Job
from recommender import model_cards, model_files
from recommender.lists import rules
from recommender.lists.builder import Entry, Listing
from recommender.matrices.modes import MODES, Mode
from recommender.training import MODEL, load
from retention_site.lib import clock
from retention_site.lib.commands import json_line

K = 20  # items kept of each list
CUSTOMERS_PER_PART = 625

STAGE = (
    "CREATE TEMP TABLE staged_lists (customer_id bigint, mode text, items jsonb) ON"
    " COMMIT DROP"
)
MERGE = """
    INSERT INTO recommender_recommendationlist (customer_id, mode, items, model, as_of, computed_at)
    SELECT staged.customer_id, staged.mode, staged.items, %(model)s, %(as_of)s, now()
    FROM staged_lists staged JOIN profiles_customer customer ON customer.id = staged.customer_id
    ON CONFLICT (customer_id, mode) DO UPDATE SET
        items = excluded.items, model = excluded.model, as_of = excluded.as_of, computed_at = excluded.computed_at
"""
BORDERS = """
    SELECT min(id), max(id) FROM (
        SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part FROM profiles_customer
        WHERE merged_into_id IS NULL AND erased_at IS NULL
    ) AS numbered GROUP BY part ORDER BY part
"""
WITHIN = (
    "SELECT id FROM profiles_customer WHERE id BETWEEN %s AND %s AND merged_into_id IS"
    " NULL AND erased_at IS NULL"
)


class ListsJob:
    """Make everybody's lists with the model in use; one part is a span of customers."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        as_of = job.params.get("as_of") or clock.now().isoformat()
        try:
            version = model_cards.usable(MODEL, datetime.fromisoformat(as_of)).version
        except model_files.DamagedModel:
            raise
        except model_files.NoModel:
            # none is good enough, as its card says: lists are filled by what sells
            return []
        with connection.cursor() as cursor:
            cursor.execute(BORDERS, [CUSTOMERS_PER_PART])
            spans = cursor.fetchall()
        return [
            {"first": first, "last": last, "as_of": as_of, "version": version}
            for first, last in spans
        ]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(WITHIN, [chunk["first"], chunk["last"]])
            customers = np.array([key for (key,) in cursor.fetchall()], np.int64)
        as_of = datetime.fromisoformat(chunk["as_of"])
        listing = _listing(job.pk, chunk["version"], as_of)
        return {
            "lists": keep(
                listing.lists(customers), version=chunk["version"], as_of=as_of
            )
        }

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {"lists": sum(one["lists"] for one in results)}


@lru_cache(maxsize=1)
def _listing(job: int, version: str, as_of: datetime) -> Listing:
    """Open model and shop once for all parts of a job that this process does."""
    return Listing(
        load(version), history.tables(as_of=as_of), MODES, K, rules=rules.current()
    )


@transaction.atomic
def keep(
    lists: Iterable[tuple[int, Mode, list[Entry]]], *, version: str, as_of: datetime
) -> int:
    """Store lists in place of the older ones; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy("COPY staged_lists FROM STDIN") as copy:
            for customer, mode, entries in lists:
                copy.write_row(
                    (customer, mode, json_line([entry.as_dict() for entry in entries]))
                )
        cursor.execute(MERGE, {"model": version, "as_of": as_of})
        return int(cursor.rowcount)
