"""A few customers' rows, read over Django's own connection: as fresh as the caller's
transaction, in milliseconds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
from django.db import connection
from django.db.backends.utils import CursorWrapper

from . import export

# By the numbers of PostgreSQL's types
ARROW = {
    16: pa.bool_(),
    20: pa.int64(),
    23: pa.int32(),
    25: pa.string(),
    701: pa.float64(),
    1082: pa.date32(),
    1184: pa.timestamp("us", "UTC"),
}


def read(
    customers: Sequence[int], *, now: datetime, offset: timedelta
) -> dict[str, pa.Table]:
    """Return all tables but items and rates, for customers by primary key and for those
    merged into them.
    """
    values = {
        "now": now.isoformat(),
        "offset": f"{round(offset.total_seconds())} seconds",
    }
    with connection.cursor() as cursor:
        merges = _narrowed(cursor, export.SNAPSHOTS["merges"], "merged_into", customers)
        both = [*customers, *merges["customer"].to_pylist()]
        tables = {
            name: _narrowed(cursor, query.format(**values), "customer", both)
            for name, query in export.SNAPSHOTS.items()
            if name not in ("items", "merges", "rates")
        }
        events = export.EVENTS.format(**values, first=0, end=export.LAST_TRANSACTION)
        return tables | {
            "merges": merges,
            "events": _narrowed(cursor, events, "customer", both),
        }


def _narrowed(
    cursor: CursorWrapper, query: str, column: str, customers: Sequence[int]
) -> pa.Table:
    cursor.execute(
        f"SELECT * FROM ({query}) AS few WHERE {column} = ANY(%s)", [list(customers)]
    )
    kinds = [(column.name, ARROW[column.type_code]) for column in cursor.description]
    rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return pa.table(
        [
            pa.array(cells, kind)
            for cells, (_name, kind) in zip(columns, kinds, strict=True)
        ],
        names=[name for name, _kind in kinds],
    )
