"""The cart that a triggered message is about: what is in it now, and whether there is
still something to remind of.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection

from profiles import carts
from profiles.carts import Cart

ABOUT = (
    "SELECT {column}, customer_id, data FROM campaigns_occasion WHERE {column} ="
    " ANY(%s)"
)


def is_about_one(events: Iterable[str]) -> bool:
    """Say whether a trigger that waits for these events is about a cart."""
    return not carts.BEGINS.isdisjoint(event.casefold() for event in events)


def of_messages(messages: list[int]) -> dict[int, str]:
    """Return in words, by message, why there is nothing left to remind of."""
    return {
        pk: why
        for pk, cart in _now("message_id", messages).items()
        if (why := over(cart))
    }


def of_occasions(occasions: list[int]) -> dict[int, Cart]:
    """Return the carts of occasions as they are now."""
    return _now("id", occasions)


def over(cart: Cart) -> str:
    """Return why nobody is to be reminded of a cart, "" where there is something in it."""
    if cart.is_bought:
        return "bought meanwhile"
    return "the cart was emptied" if cart.is_empty else ""


def told_now(data: dict[str, Any], cart: Cart) -> dict[str, Any]:
    """Return what a trigger brought, with what is in the cart now in place of what was
    then.
    """
    if not cart.is_known:
        return data
    # what was put in last stands first
    told = {**data, "item_ids": [item for item in reversed(cart.items) if item]}
    if isinstance(data.get("products"), list):
        named = [one for one in data["products"] if isinstance(one, dict)]
        told["products"] = [
            one
            for one in named
            if not carts.products_of({"products": [one]}).keys() - cart.items.keys()
        ]
    return told


def _now(column: str, ids: list[int]) -> dict[int, Cart]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(ABOUT.format(column=column), [ids])
        rows = cursor.fetchall()
    return carts.now_of(
        {id_: (customer, carts.cart_id(_object(data))) for id_, customer, data in rows}
    )


def _object(data: Any) -> dict[str, Any]:
    found = json.loads(data) if isinstance(data, str) else data
    return found if isinstance(found, dict) else {}
