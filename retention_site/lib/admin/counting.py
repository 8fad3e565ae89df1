"""Counting rows without counting: lists of millions open at once."""

from functools import cached_property
from typing import Any, cast

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet

EXACT_BELOW = 200_000


class EstimatedPaginator(Paginator):
    """Counts a filtered list, and takes PostgreSQL's own estimate for a whole table
    beyond `EXACT_BELOW` rows.
    """

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        if (
            not rows.query.where
            and (estimate := estimated_rows(rows.model._meta.db_table)) > EXACT_BELOW
        ):
            return estimate
        return rows.count()


def estimated_rows(table: str) -> int:
    """Return the planner's row count of a table, -1 where it has none yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
            [table],
        )
        row = cursor.fetchone()
    return row[0] if row else -1


def quick_count(rows: QuerySet[Any]) -> int:
    """Count rows; of a table beyond `EXACT_BELOW` take the planner's estimate, filters
    or not.
    """
    estimate = estimated_rows(rows.model._meta.db_table)
    return estimate if estimate > EXACT_BELOW else rows.count()
