"""Keep what customers were really shown, with the chance that each place had to hold it: what a later look at lists,
offline, cannot do without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import connection, transaction

from recommender.models import ModelVersion
from retention_site.lib.commands import json_line

MODEL = "recommender"  # what makes lists
STAGE = "CREATE TEMP TABLE IF NOT EXISTS staged_slates (customer_id bigint, reference text, items jsonb) ON COMMIT DROP"
MERGE = """
    INSERT INTO recommender_slate (customer_id, place, reference, model, items, shown_at)
    SELECT staged.customer_id, %(place)s, staged.reference, %(model)s, staged.items, %(at)s FROM staged_slates staged
    ON CONFLICT DO NOTHING
"""


class Shown(Protocol):
    """One place of a list as it was shown."""

    @property
    def item_id(self) -> str: ...

    @property
    def propensity(self) -> float: ...


@transaction.atomic
def keep(place: str, at: datetime, shown: Iterable[tuple[int, str, Sequence[Shown]]]) -> int:
    """Store (customer, reference, items in order) and return how many; the same reference is kept once."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy("COPY staged_slates FROM STDIN") as copy:
            for customer, reference, items in shown:
                if items:
                    copy.write_row((customer, reference, json_line([_said(one) for one in items])))
        in_use = ModelVersion.objects.filter(model=MODEL, is_promoted=True).values_list("version", flat=True).first()
        cursor.execute(MERGE, {"place": place, "model": in_use or "", "at": at})
        n = int(cursor.rowcount)
        cursor.execute("TRUNCATE staged_slates")
    return n


def _said(one: Shown) -> dict[str, object]:
    return {"item_id": one.item_id, "propensity": one.propensity}
