"""Customers and items that facts mention before anyone described them: a bare row each,
so that no fact has to wait.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from profiles.identity.merged_profile import is_named
from profiles.privacy import erased_ids

MAKE_ITEMS = """
    INSERT INTO profiles_item (external_id) SELECT said FROM unnest(%s::text[]) AS said
    ON CONFLICT (external_id) DO NOTHING
"""
MAKE_CUSTOMERS = """
    INSERT INTO profiles_customer (external_id)
    SELECT said FROM unnest(%s::text[]) AS said
    ON CONFLICT (external_id) DO NOTHING
"""
CUSTOMERS = """
    SELECT customer.external_id, customer.id, coalesce(head.id, customer.id), customer.erased_at IS NOT NULL,
        coalesce(head.external_id, customer.external_id)
    FROM profiles_customer customer LEFT JOIN profiles_customer head ON head.id = customer.merged_into_id
    WHERE customer.external_id = ANY(%s::text[])
"""


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer's row, and the person's: another one after a merge; whether the shop
    gave the person an id.
    """

    pk: int
    person: int
    is_erased: bool = False
    is_named: bool = True
    is_new: bool = False  # made by this very call


def customers(external_ids: Iterable[str]) -> dict[str, FoundCustomer]:
    """Return the customer of each of the shop's ids; unknown ids get a row, erased ones
    don't.
    """
    # one order for every writer: nobody waits in a circle
    wanted = sorted(set(external_ids))
    found = known_customers(wanted)
    missing = [said for said in wanted if said not in found]
    if missing:
        found |= erased_customers(missing)
        missing = [said for said in missing if said not in found]
    if missing:
        with connection.cursor() as cursor:
            cursor.execute(MAKE_CUSTOMERS, [missing])
        found |= {
            said: replace(one, is_new=True)
            for said, one in known_customers(missing).items()
        }
    return found


def known_customers(external_ids: Iterable[str]) -> dict[str, FoundCustomer]:
    """Return the customer of each id that somebody has."""
    rows = _rows(CUSTOMERS, list(external_ids))
    return {
        said: FoundCustomer(pk, person, is_erased, is_named(head))
        for said, pk, person, is_erased, head in rows
    }


def erased_customers(external_ids: Iterable[str]) -> dict[str, FoundCustomer]:
    """Return what is left of the customers of ids that nobody has any more."""
    return {
        said: FoundCustomer(pk, pk, is_erased=True)
        for said, pk in erased_ids.customers(external_ids).items()
    }


def make_items(external_ids: Iterable[str | None]) -> None:
    """Give items that nobody described a row each."""
    if wanted := sorted({said for said in external_ids if said}):
        with connection.cursor() as cursor:
            cursor.execute(MAKE_ITEMS, [wanted])


def _rows(query: str, external_ids: list[str]) -> list[tuple[Any, ...]]:
    if not external_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [external_ids])
        return cursor.fetchall()
