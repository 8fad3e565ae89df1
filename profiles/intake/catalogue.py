"""Take items in: new ones are made, known ones changed in what is named; what is not
named stays as it is.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from profiles.intake import values
from profiles.intake.quarantine.refused_rows import BadRow, keep
from profiles.intake.values import Refused
from profiles.models import Item


def _text(value: Any, column: str) -> Any:
    return values.text(value, column)


COLUMNS: dict[str, Callable[[Any, str], Any]] = {
    "title": _text,
    "description": _text,
    "brand": _text,
    "category": values.category,
    "price": lambda value, column: values.number(value, column, places=4),
    "currency": values.currency,
    "available": values.truth,
    "never_recommend": values.truth,
    "image_url": _text,
    "url": _text,
    "seller_id": values.identifier,
}
TYPES = {"price": "numeric", "available": "boolean", "never_recommend": "boolean"}
CHANGED = (*COLUMNS, "attributes")
CHANGES = ", ".join(f"{name} = facts.{name}" for name in CHANGED)
FACTS = ", ".join(
    f"coalesce((given.facts ->> '{name}')::{TYPES.get(name, 'text')}, item.{name}) AS"
    f" {name}"
    for name in COLUMNS
)
MAKE = """
    INSERT INTO profiles_item (external_id) SELECT said FROM unnest(%s::text[]) AS said
    ON CONFLICT (external_id) DO NOTHING RETURNING external_id
"""


def _of(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in CHANGED)


# A column that an item's facts don't name keeps its value; attributes are laid over the
# known ones.
CHANGE = f"""
    WITH facts AS (
        SELECT item.id, {FACTS}, item.attributes || coalesce(given.facts -> 'attributes', '{{}}'::jsonb) AS attributes
        FROM unnest(%s::text[], %s::jsonb[]) AS given (external_id, facts)
        JOIN profiles_item item ON item.external_id = given.external_id
        ORDER BY item.id FOR NO KEY UPDATE OF item
    )
    UPDATE profiles_item item SET {CHANGES}, updated_at = now() FROM facts
    WHERE item.id = facts.id AND ({_of("item")}) IS DISTINCT FROM ({_of("facts")}) RETURNING item.external_id
"""  # noqa: S608  names of our own


@dataclass(frozen=True, slots=True)
class Stocked:
    """What became of the items: all that came, those named twice counted once."""

    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: tuple[BadRow, ...] = ()


def stock(items: Sequence[Any], *, source: str) -> Stocked:
    """Store items as JSON objects with an ``item_id``; bad ones are put aside with
    their place and the reason.
    """
    good: dict[str, dict[str, Any]] = {}
    bad: list[BadRow] = []
    for line, item in enumerate(items):
        try:
            external_id, facts = cleaned(item)
        except Refused as refused:
            place = str(item.get("item_id") or "") if isinstance(item, dict) else ""
            bad.append(
                BadRow("items", refused.column, refused.reason, item, line, place)
            )
        else:
            good[external_id] = good.get(external_id, {}) | facts
    with transaction.atomic():
        keep(bad, source)
        stored, updated = _store(good) if good else (0, 0)
    return Stocked(stored, updated, len(good) - stored - updated, tuple(bad))


def remove(item_id: str) -> bool:
    """Take an item off sale; False where nobody knows it. Named available again, it is
    back.
    """
    known = Item.objects.filter(external_id=item_id)
    return (
        bool(known.filter(available=True).update(available=False, updated_at=Now()))
        or known.exists()
    )


def cleaned(item: Any) -> tuple[str, dict[str, Any]]:
    """Return an item's id and its facts, those without a column under ``attributes``;
    raise `Refused`.
    """
    if not isinstance(item, Mapping):
        raise Refused("item", "not an object")
    facts: dict[str, Any] = {}
    attributes = dict(_object(item.get("attributes")))
    for name, value in item.items():
        if clean := COLUMNS.get(name):
            facts[name] = clean(value, name)
        elif name not in ("item_id", "attributes"):
            attributes[name] = value
    if attributes:
        facts["attributes"] = values.tree(attributes, "attributes")
    return values.required(item.get("item_id"), "item_id"), facts


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refused("attributes", "not an object")
    return value


def _store(items: Mapping[str, dict[str, Any]]) -> tuple[int, int]:
    """Return how many items were made and how many of the others changed."""
    ids = sorted(items)  # one order for every writer: nobody waits in a circle
    given = [json.dumps(items[one], default=_number) for one in ids]
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [ids])
        made = set(cursor.fetchall())
        cursor.execute(CHANGE, [ids, given])
        return len(made), len(set(cursor.fetchall()) - made)


def _number(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
