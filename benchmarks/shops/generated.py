"""A generated shop of any size, straight into the history's files: for speed only, its
numbers mean nothing.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from profiles.history import engine, export, manifest
from profiles.history.manifest import Manifest, Part, Snapshot
from profiles.history.parts import facts_of_money
from retention_site.lib.checksums import size_and_digest
from retention_site.lib.clock import real_now

T = datetime(2024, 6, 1, tzinfo=UTC)
BEGINS = "2022-06-01 00:00:00+00"  # and lasts two years
N_ITEMS, N_MONTHS = 20_000, 24
CATEGORIES = (
    "['FOOD>BREAD', 'FOOD>MILK', 'HOME>CLEANING', 'SHOES>BOOTS', 'SHOES>SANDALS',"
    " 'TOYS']"
)

# Some customers buy a hundred times as much as others; a tenth does nothing at all.
EVENTS = """
    SELECT 1 + CAST(floor(pow(dice.customer / 1000003.0, 2) * {n_customers} * 0.9) AS BIGINT) AS customer,
        CASE WHEN dice.type < 7 THEN ['purchase', 'purchase', 'view', 'view', 'view', 'cart', 'search'][1 + dice.type]
            WHEN i % 4 = 0 THEN 'message_opened' ELSE 'message_sent' END AS type,
        moment AS happened_at, moment + INTERVAL 1 MINUTE AS received_at,
        CAST(CAST(floor(pow(dice.item / 1000003.0, 2) * {n_items}) AS BIGINT) AS VARCHAR) AS item_id,
        'till' AS source, 'o' || (i // 4) AS order_id,
        1.0 + dice.quantity AS quantity, 0.5 + dice.price / 100.0 AS price,
        CASE WHEN dice.is_discounted = 0 THEN dice.discount / 100.0 ELSE 0.0 END AS discount, 'USD' AS currency,
        CASE WHEN dice.type = 7 THEN 'campaign ' || i % 40 END AS campaign_id, NULL::VARCHAR AS coupon_code,
        NULL::VARCHAR AS session_id, NULL::VARCHAR AS text,
        CASE WHEN dice.type = 7 THEN '{{"channel": "' || ['email', 'sms', 'push'][1 + i % 3] || '", "message": '
            || i // 16 || ', "run": ' || i % 40 || '}}' END AS properties, strftime(moment, '%Y-%m') AS month
    FROM (
        SELECT i, TIMESTAMPTZ '{begins}' + to_seconds(CAST(hash(i, 7) % 63072000 AS BIGINT)) AS moment,
            {{
                'customer': hash(i) % 1000003, 'type': CAST(hash(i, 1) % 8 AS BIGINT), 'item': hash(i, 2) % 1000003,
                'quantity': hash(i, 3) % 3, 'price': hash(i, 4) % 4000, 'is_discounted': hash(i, 5) % 4,
                'discount': hash(i, 6) % 300
            }} AS dice
        FROM range({first}, {last}) AS numbers(i)
    )
    ORDER BY month, customer, happened_at
"""
CUSTOMERS = """
    SELECT i AS customer, 'k' || i AS customer_id, 'k' || i || '@shop.example' AS email, '' AS phone, '' AS first_name,
        '' AS last_name, '' AS gender, NULL::DATE AS birth_date, '' AS age,
        ['north', 'east', 'south', 'west', ''][CAST(1 + hash(i) % 5 AS BIGINT)] AS region, 'US' AS country,
        'en' AS language, '' AS time_zone, TIMESTAMPTZ '2022-06-01 00:00:00+00' AS signed_up_at,
        TIMESTAMPTZ '2022-06-01 00:00:00+00' AS known_at, false AS contacts_are_simulated,
        '{{"tier": "' || ['gold', 'silver', 'none'][CAST(1 + hash(i, 1) % 3 AS BIGINT)] || '"}}' AS traits
    FROM range(1, {n_customers} + 1) AS numbers(i)
"""
ITEMS = f"""
    SELECT CAST(i AS VARCHAR) AS item_id, 'Item ' || i AS title, '' AS description, 'B' || i % 50 AS brand,
        ({CATEGORIES})[1 + i % 6] AS category, 0.5 + i % 4000 / 100.0 AS price, 'USD' AS currency, true AS available,
        false AS never_recommend,
        '{{}}' AS attributes, TIMESTAMPTZ '2022-06-01 00:00:00+00' AS known_at
    FROM range({N_ITEMS}) AS numbers(i)
"""
EMPTY = {
    "merges": "SELECT 0::BIGINT AS customer, 0::BIGINT AS merged_into LIMIT 0",
    "consents": (
        "SELECT 0::BIGINT AS customer, '' AS channel, '' AS topic, '' AS status, now()"
        " AS stated_at, now() AS received_at, '' AS source LIMIT 0"
    ),
    "portraits": "SELECT 0::BIGINT AS customer, now() AS as_of, '' AS traits LIMIT 0",
    "rates": "SELECT '' AS currency, current_date AS date, 0.0::DOUBLE AS rate LIMIT 0",
    "scores": (
        "SELECT 0::BIGINT AS customer, '' AS kind, 0::INTEGER AS horizon_days,"
        " 0.0::DOUBLE AS value, '' AS model, now() AS as_of LIMIT 0"
    ),
}


def write(n_customers: int, n_events: int, begins: str = BEGINS) -> None:
    """Write a history of so many customers and events in place of the one that is
    there.
    """
    folder = manifest.folder()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "events").mkdir(parents=True)
    tables = {
        "customers": CUSTOMERS.format(n_customers=n_customers),
        "items": ITEMS,
        **EMPTY,
    }
    with engine.connect() as database, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_snapshot()::text,"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        seen, watermark = cursor.fetchone()
        snapshots = {
            name: _snapshot(database, folder, name, query, seen)
            for name, query in tables.items()
        }
        step = 2_500_000
        parts = [
            part
            for first in range(0, n_events, step)
            for part in _events(
                database,
                folder,
                n_customers,
                (first, min(first + step, n_events)),
                begins,
            )
        ]
    refreshed_at = real_now().isoformat()
    manifest.save(
        Manifest(
            watermark,
            refreshed_at,
            refreshed_at,
            parts=tuple(parts),
            snapshots=snapshots,
        )
    )


def _snapshot(
    database: engine.Connection, folder: Path, name: str, query: str, seen: str
) -> Snapshot:
    path = f"{name}-generated.parquet"
    database.execute(
        f"COPY ({query}) TO '{folder / path}' (FORMAT parquet, COMPRESSION zstd)"
    )
    n = database.execute(f"SELECT count(*) FROM '{folder / path}'").fetchone()[0]
    return Snapshot(path, n, seen, *size_and_digest(folder / path))


def _events(
    database: engine.Connection,
    folder: Path,
    n_customers: int,
    numbers: tuple[int, int],
    begins: str,
) -> list[Part]:
    first, last = numbers
    draft = folder / f"draft-{first}"
    draft.mkdir()
    query = EVENTS.format(
        n_customers=n_customers, n_items=N_ITEMS, first=first, last=last, begins=begins
    )
    engine.write_partitions(database, query, draft, by="month")
    parts = []
    for path in sorted(draft.rglob("*.parquet")):
        month = path.parent.name.removeprefix("month=")
        name = f"events/{month}-{first}-{path.stem}.parquet"
        path.rename(folder / name)
        money = facts_of_money(database, f"'{folder / name}'")
        n = database.execute(f"SELECT count(*) FROM '{folder / name}'").fetchall()[0][0]
        parts.append(Part(name, month, n, *size_and_digest(folder / name), *money))
    shutil.rmtree(draft)
    assert set(export.EVENT_TYPES) <= set(
        database.execute(f"SELECT * FROM '{folder / name}' LIMIT 0").df().columns
    )
    return parts
