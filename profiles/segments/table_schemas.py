"""What the history's tables look like to a rule: it is written once and evaluated on
any of them, as of any time.
"""

from datetime import datetime
from typing import cast

import ibis
import ibis.expr.types as ir

from profiles.history.sales import COLUMNS, MOMENT, events

__all__ = [
    "AS_OF",
    "AS_OF_SQL",
    "MOMENT",
    "consents",
    "customers",
    "events",
    "items",
    "portraits",
    "sales",
    "scores",
]


@ibis.udf.scalar.builtin(name="as_of", signature=((), MOMENT))
def _as_of() -> datetime:  # type: ignore[empty-body]
    """The moment that the rule is evaluated for; put in when it is."""


AS_OF = cast(ir.TimestampValue, _as_of())
AS_OF_SQL = "AS_OF()"

sales = ibis.table(COLUMNS | {"gross": "float64", "is_kept": "boolean"}, name="sales")
customers = ibis.table(
    {
        "customer": "int64",
        "customer_id": "string",
        "email": "string",
        "phone": "string",
        "first_name": "string",
        "last_name": "string",
        "gender": "string",
        "birth_date": "date",
        "age": "string",
        "region": "string",
        "country": "string",
        "language": "string",
        "time_zone": "string",
        "signed_up_at": MOMENT,
        "traits": "string",
    },
    name="customers",
)
items = ibis.table(
    {
        "item_id": "string",
        "title": "string",
        "brand": "string",
        "category": "string",
        "price": "float64",
        "currency": "string",
        "available": "boolean",
        "attributes": "string",
    },
    name="items",
)
consents = ibis.table(
    {
        "customer": "int64",
        "channel": "string",
        "topic": "string",
        "status": "string",
        "stated_at": MOMENT,
    },
    name="consents",
)
scores = ibis.table(
    {
        "customer": "int64",
        "kind": "string",
        "horizon_days": "int32",
        "value": "float64",
    },
    name="scores",
)
portraits = ibis.table({"customer": "int64", "traits": "string"}, name="portraits")
