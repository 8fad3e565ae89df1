"""Customers and items that facts mention before anyone described them: a bare row each, so that no fact has to wait."""

from collections.abc import Iterable

from django.db import connection

MAKE = """
    INSERT INTO {table} (external_id)
    SELECT said FROM unnest(%s::text[]) AS said
    ON CONFLICT (external_id) DO NOTHING
"""
MAKE_CUSTOMERS, MAKE_ITEMS = MAKE.format(table="profiles_customer"), MAKE.format(table="profiles_item")
CUSTOMERS = """
    SELECT external_id, CASE WHEN erased_at IS NULL THEN id END FROM profiles_customer
    WHERE external_id = ANY(%s::text[])
"""
ITEMS = "SELECT external_id FROM profiles_item WHERE external_id = ANY(%s::text[])"


def customer_pks(external_ids: Iterable[str]) -> dict[str, int | None]:
    """Return the primary key for each of the shop's ids, None for the erased; unknown ids get a row."""
    wanted = sorted(set(external_ids))  # one order for every writer: nobody waits in a circle
    found = dict(_rows(CUSTOMERS, wanted))
    missing = [said for said in wanted if said not in found]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(MAKE_CUSTOMERS, [missing])
        found |= dict(_rows(CUSTOMERS, missing))
    return found


def meet_items(external_ids: Iterable[str]) -> None:
    """Give each unknown item id a row."""
    wanted = sorted(set(external_ids))
    known = {said for (said,) in _rows(ITEMS, wanted)}
    missing = [said for said in wanted if said not in known]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(MAKE_ITEMS, [missing])


def _rows(query: str, external_ids: list[str]) -> list[tuple]:
    if not external_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [external_ids])
        return cursor.fetchall()
