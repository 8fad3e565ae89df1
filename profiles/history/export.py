"""What leaves PostgreSQL for the history: queries whose answers come as columns, read
over a connection of their own.

Only what is committed is seen. Decimals become floating point: the history is for
counting and learning, the books stay in PostgreSQL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import adbc_driver_manager
import adbc_driver_postgresql
import pyarrow as pa
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from retention_site.lib import clock

# A time of receipt that lies ahead of the shop's clock is the database's own: the clock
# runs at an offset then.
RECEIVED = (
    "CASE WHEN received_at > '{now}' THEN received_at + '{offset}'::interval ELSE"
    " received_at END AS received_at"
)

EVENTS = f"""
    SELECT customer_id AS customer, type, happened_at, {RECEIVED}, source, item_id, order_id,
        quantity::float8 AS quantity,
        price::float8 AS price, discount::float8 AS discount, currency, campaign_id, coupon_code, session_id, text,
        properties::text AS properties
    FROM profiles_event WHERE transaction >= {{first}} AND transaction < {{end}}
"""
EVENT_TYPES = {
    "customer": "BIGINT",
    "type": "VARCHAR",
    "happened_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "source": "VARCHAR",
    "item_id": "VARCHAR",
    "order_id": "VARCHAR",
    "quantity": "DOUBLE",
    "price": "DOUBLE",
    "discount": "DOUBLE",
    "currency": "VARCHAR",
    "campaign_id": "VARCHAR",
    "coupon_code": "VARCHAR",
    "session_id": "VARCHAR",
    "text": "VARCHAR",
    "properties": "VARCHAR",
}
LAST_TRANSACTION = 2**62  # beyond any that will ever be
SNAPSHOTS = {
    "customers": """
        SELECT id AS customer, external_id AS customer_id, email, phone, first_name, last_name, gender, birth_date, age,
            region, country, language, time_zone, signed_up_at, created_at + '{offset}'::interval AS known_at,
            contacts_are_simulated, traits::text AS traits
        FROM profiles_customer WHERE merged_into_id IS NULL AND erased_at IS NULL ORDER BY id
    """,
    "merges": """
        SELECT id AS customer, merged_into_id AS merged_into FROM profiles_customer WHERE merged_into_id IS NOT NULL
    """,
    "items": """
        SELECT external_id AS item_id, title, description, brand, category, price::float8 AS price, currency, available,
            never_recommend, attributes::text AS attributes, created_at + '{offset}'::interval AS known_at
        FROM profiles_item ORDER BY id
    """,
    "consents": f"""
        SELECT customer_id AS customer, channel, topic, status, at AS stated_at, {RECEIVED}, source
        FROM profiles_consent ORDER BY customer_id
    """,
    "portraits": """
        SELECT customer_id AS customer, as_of, traits::text AS traits FROM profiles_portrait ORDER BY customer_id
    """,
    "rates": """
        SELECT currency, date, rate::float8 AS rate FROM profiles_rate ORDER BY currency, date
    """,
    "scores": """
        SELECT customer_id AS customer, kind, horizon_days, value, model, as_of FROM profiles_score ORDER BY customer_id
    """,
}


@contextmanager
def export(
    query: str, *, now: datetime, offset: timedelta, **values: int
) -> Iterator[pa.RecordBatchReader]:
    """Open a query's answer, some megabytes at a time; ``offset`` is how far the shop's
    clock runs from real time.
    """
    seconds = f"{round(offset.total_seconds())} seconds"
    asked = query.format(now=now.isoformat(), offset=seconds, **values)
    with (
        adbc_driver_manager.AdbcConnection(_database(_conninfo())) as database,
        adbc_driver_manager.AdbcStatement(database) as statement,
    ):
        statement.set_sql_query(asked)
        answer, _n = statement.execute_query()
        with pa.RecordBatchReader._import_from_c(answer.address) as reader:
            yield reader


def shop_time() -> dict[str, Any]:
    """What `export` asks of the shop's clock."""
    moment = clock.now()
    return {"now": moment, "offset": moment - clock.real_now()}


@cache
def _database(conninfo: str) -> adbc_driver_manager.AdbcDatabase:
    """Keep the types of a server: reading its catalogue takes longer than connecting.
    No connection stays open with it.
    """
    return adbc_driver_postgresql.connect(conninfo)


def _conninfo() -> str:
    """Where Django's own connection leads, in libpq's words."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = connection.get_connection_params()
    return make_conninfo(
        **{
            name: value
            for name, value in given.items()
            if name in known and value is not None
        }
    )
