"""Items that are back in stock or cost less, and the customers who had looked at them
in vain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from campaigns.models import Trigger
from campaigns.triggers import armed_triggers, item_snapshots
from campaigns.triggers.armed_triggers import BACK, DROP, Watched
from campaigns.triggers.item_snapshots import Change
from campaigns.triggers.occasion_rows import Noticed, Sighting, notice
from profiles.models import Item
from retention_site.lib.clock import now
from retention_site.lib.sql_quoting import quoted_text

LOCK = 7_316_202_612
# Who showed interest and has not bought the item since.
INTERESTED = """
    SELECT events.customer, events.item_id FROM events JOIN changed_items USING (item_id)
    WHERE events.happened_at >= TIMESTAMPTZ '{since}'
    GROUP BY ALL
    HAVING max(events.happened_at) FILTER (WHERE events.type IN ({kinds})) > coalesce(
        max(events.happened_at) FILTER (WHERE events.type = 'purchase'), TIMESTAMPTZ '0001-01-01 00:00:00+00')
"""


def look() -> Noticed:
    """Notice what changed on the shelf since the last look, and remember it as it is
    now.
    """
    watched = armed_triggers.active(BACK, DROP)
    if not watched:
        return Noticed()
    fresh = _looked_lately(watched)
    if not item_snapshots.is_stale():
        return Noticed()
    from profiles import history  # brings DuckDB: only a changed shelf pays for it

    history.refresh()
    return _look(fresh)


def _looked_lately(watched: list[Watched]) -> list[Watched]:
    """Return the triggers whose last look is not too long ago, and note that they look now.

    The shelf says what is so, not since when: what changed since a look of last week may have changed last week.
    """
    moment = now()
    triggers = Trigger.objects.filter(pk__in=[one.id for one in watched])
    looked = dict(triggers.values_list("pk", "looked_at"))
    triggers.update(looked_at=moment)
    return [
        one
        for one in watched
        if (last := looked.get(one.id)) is None or last >= moment - one.age
    ]


def still_holds(kind: str, data: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """Say by item id whether what was announced is still so: on the shelf, and at that
    price or less.
    """
    wanted: dict[str, Any] = {str(one.get("item_id")): one.get("price") for one in data}
    items = Item.objects.filter(external_id__in=wanted, available=True).values_list(
        "external_id", "price"
    )
    return {
        item: (
            kind == BACK
            or wanted[item] is None
            or (price is not None and price <= Decimal(wanted[item]))
        )
        for item, price in items
    }


@transaction.atomic
def _look(watched: list[Watched]) -> Noticed:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return Noticed()
    changes, total, moment = item_snapshots.changes(), Noticed(), now()
    item_snapshots.remember()
    for one in watched:
        found = notice(
            _sightings(
                one, [change for change in changes if _concerns(change, one)], moment
            ),
            moment,
        )
        total = Noticed(total.n + found.n, total.n_due + found.n_due)
    return total


def _concerns(change: Change, watched: Watched) -> bool:
    return (
        change.is_back
        if watched.plan.kind == BACK
        else change.is_drop(watched.plan.least_drop)
    )


def _sightings(
    watched: Watched, changes: list[Change], moment: datetime
) -> list[Sighting]:
    if not changes:
        return []
    by_item = {change.item: change for change in changes}
    return [
        Sighting(
            watched.id,
            customer,
            f"{watched.plan.kind}:{item}:{customer}:{moment:%Y%m%dT%H%M%S}",
            moment,
            moment + watched.delay,
            {
                "item_id": item,
                "item_ids": [item],
                "at": moment.isoformat(),
                **by_item[item].told(),
            },
        )
        for customer, item in _interested(watched, list(by_item), moment)
    ]


def _interested(
    watched: Watched, items: list[str], moment: datetime
) -> list[tuple[int, str]]:
    """Ask the history: it holds everybody's events by column."""
    # DuckDB and Arrow: only a sweep with such triggers pays
    import pyarrow as pa

    from profiles import history

    found = history.tables(moment)
    found.connection.register(
        "changed_items", pa.table({"item_id": pa.array(items, pa.string())})
    )
    kinds = ", ".join(quoted_text(event) for event in watched.plan.events)
    since = moment - timedelta(days=watched.plan.interest_days)
    rows = found.run(INTERESTED.format(kinds=kinds, since=since.isoformat()))
    return list(
        zip(rows["customer"].to_pylist(), rows["item_id"].to_pylist(), strict=True)
    )
