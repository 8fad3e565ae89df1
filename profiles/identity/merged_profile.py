"""Customers that are one person: who stands for them all, and what is shown of what
each of them stated.

Nothing is moved when customers are joined: each keeps what it stated itself, and the
one who stands for them shows the newest of it. What it shows that is not its own is
``borrowed``, with its own value beside it; so a merge can be undone exactly, in any
order.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from profiles.intake.attribute_names import COLUMNS, NULLABLE, OTHER
from profiles.models import Customer

# how the ids begin that we gave, not the shop
ANONYMOUS, GUEST = "anonymous:", "guest:"
TYPES = {"birth_date": "date", "signed_up_at": "timestamptz"} | dict.fromkeys(
    ("traits", "stated", "borrowed"), "jsonb"
)
WRITTEN = {
    name: TYPES.get(name, "text") for name in (*COLUMNS, "traits", "stated", "borrowed")
}
WRITE = f"""
    UPDATE profiles_customer customer
    SET {", ".join(f"{name} = shown.{name}" for name in WRITTEN)}, merged_into_id = shown.merged_into_id,
        updated_at = now()
    FROM jsonb_to_recordset(%s::jsonb) AS shown (
        id bigint, merged_into_id bigint, {", ".join(f"{name} {kind}" for name, kind in WRITTEN.items())}
    )
    WHERE customer.id = shown.id
"""  # noqa: S608  column names of our own


@dataclass
class Member:
    """One customer of a family: what it stated itself, and when."""

    pk: int
    external_id: str
    values: dict[str, Any]
    stated: dict[str, str] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Whether the shop gave it an id of its own."""
        return is_named(self.external_id)

    def state(self, name: str, value: Any, at: datetime) -> bool:
        """Take in one attribute; False when something newer was stated already."""
        moment = at.isoformat(timespec="microseconds")
        if moment < self.stated.get(name, ""):
            return False
        self.stated[name] = moment
        self.values[name] = value
        return True


def is_named(external_id: str) -> bool:
    return not external_id.startswith((ANONYMOUS, GUEST))


def own(customer: Customer) -> Member:
    """Return what a customer stated itself: its row with all that is borrowed given
    back.
    """
    held = {name: getattr(customer, name) for name in COLUMNS}
    held |= {OTHER + name: value for name, value in customer.traits.items()}
    for name, value in customer.borrowed.items():
        held[name] = _from_json(name, value)
    kept = {name: value for name, value in held.items() if not _is_empty(value)}
    return Member(customer.pk, customer.external_id, kept, dict(customer.stated))


def stands_for(members: Iterable[Member]) -> Member:
    """Return who stands for a family: one with an id of the shop's, of those the first
    that we knew.
    """
    return min(members, key=lambda one: (not one.is_named, one.pk))


def show(customer: Customer, himself: Member, members: Sequence[Member]) -> None:
    """Write into a customer's row what it shows for its family; alone it shows its own."""
    shown = _newest(himself, members)
    names = {*shown, *himself.values}
    changed = [name for name in names if shown.get(name) != himself.values.get(name)]
    for name in COLUMNS:
        setattr(customer, name, _to_column(name, shown.get(name)))
    customer.traits = {
        name.removeprefix(OTHER): value
        for name, value in shown.items()
        if name.startswith(OTHER)
    }
    customer.borrowed = {
        name: _to_json(himself.values.get(name)) for name in sorted(changed)
    }
    customer.stated = himself.stated


def write(customers: Iterable[Customer]) -> None:
    """Store what customers show, in one statement; the caller has locked their rows."""
    rows = [
        {"id": one.pk, "merged_into_id": one.merged_into_id}
        | {name: _to_json(getattr(one, name)) for name in WRITTEN}
        for one in customers
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [json.dumps(rows)])


def _newest(himself: Member, members: Sequence[Member]) -> dict[str, Any]:
    """Each attribute as stated last; what has no time held always, and then the one who
    stands for them goes first.
    """
    latest: dict[str, tuple[str, bool, int]] = {}
    shown: dict[str, Any] = {}
    for one in members:
        for name in {*one.values, *one.stated}:
            rank = (one.stated.get(name, ""), one is himself, -one.pk)
            if name not in latest or rank > latest[name]:
                latest[name] = rank
                shown[name] = one.values.get(name)
    return {name: value for name, value in shown.items() if not _is_empty(value)}


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _to_column(name: str, value: Any) -> Any:
    return ("" if name not in NULLABLE else None) if value is None else value


def _to_json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _from_json(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in NULLABLE:
        return FROM_JSON[name](value)
    return value


FROM_JSON = {
    "birth_date": lambda said: datetime.fromisoformat(said).date(),
    "signed_up_at": datetime.fromisoformat,
}
