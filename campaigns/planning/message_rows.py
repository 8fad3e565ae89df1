"""Message rows into PostgreSQL by COPY."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from django.db import connection

from campaigns.models import Message


@dataclass(frozen=True, slots=True)
class Row:
    """One message as planning knows it, columns in the order of COPY."""

    run: int
    campaign: int
    customer: int
    dedupe_key: str
    state: str
    reason: str
    arm: str
    propensity: float
    lane: str
    priority: int
    not_before: datetime
    planned_at: datetime
    channel: str = ""
    why: str = ""
    offer: str | None = None  # JSON
    context: str = "{}"  # JSON
    expires_at: datetime | None = None
    is_held_out: bool = False


NAMES = [field.name for field in fields(Row)]
VALUES = attrgetter(*NAMES)
COLUMNS = {"run": "run_id", "campaign": "campaign_id", "customer": "customer_id"}
COPY = (
    f"COPY {Message._meta.db_table}"
    f" ({', '.join(COLUMNS.get(name, name) for name in NAMES)}) FROM STDIN"
)


def write(rows: Iterable[Row]) -> None:
    """Append rows; a dedupe key that exists already is an error: the caller asks first,
    under a lock.
    """
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(VALUES(row))
