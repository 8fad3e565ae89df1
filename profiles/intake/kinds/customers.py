"""Files of customers."""

from collections.abc import Iterator
from typing import ClassVar

from django.db.backends.utils import CursorWrapper

from profiles.identity.merged_profile import OTHER, TYPES
from profiles.intake import same_address
from profiles.intake.cleaners import (
    age,
    birthday,
    country,
    email,
    gender,
    language,
    moment,
    person,
    phone,
    text,
    time_zone,
)

from .base import Clean, Column, Stored
from .upserts import Upserts

# Of the changed rows those that belong to a family, whose newest the one who stands for
# it shows.
CHANGED = """
    WITH changed AS ({update} RETURNING target.id, target.merged_into_id)
    SELECT count(*), coalesce(array_agg(changed.id) FILTER (
        WHERE changed.merged_into_id IS NOT NULL
            OR EXISTS (SELECT FROM profiles_customer member WHERE member.merged_into_id = changed.id)
    ), '{{}}') FROM changed
"""


# an empty cell, where it is not ''
NOTHING = {"birth_date": "NULL", "signed_up_at": "NULL"}
OWN_TRAITS = f"""
    (SELECT coalesce(jsonb_object_agg(substr(key, {len(OTHER) + 1}), value), '{{}}')
     FROM jsonb_each(target.borrowed) WHERE key LIKE '{OTHER}%')
"""


class Customers(Upserts):
    """Two customers of one address are one person, as they are by the API."""

    table = "profiles_customer"
    tables = ("profiles_customer",)
    id_column = "customer_id"
    extra = "traits"
    kept_out = "AND target.erased_at IS NULL"
    columns: ClassVar = (
        Column("customer_id", person, is_required=True),
        Column("email", email),
        Column("phone", phone, is_dispensable=True),
        *(Column(name, text) for name in ("first_name", "last_name", "region")),
        Column("gender", gender, is_dispensable=True),
        Column("birth_date", birthday, is_dispensable=True),
        Column("age", age, is_dispensable=True),
        Column("country", country, is_dispensable=True),
        Column("language", language, is_dispensable=True),
        Column("time_zone", time_zone, is_dispensable=True),
        Column("signed_up_at", moment),
    )
    defaults: ClassVar = NOTHING

    def __init__(self) -> None:
        self.found = same_address.SharedAddresses()

    def store(self, batches: Iterator[Clean], source: str) -> Stored:
        stored = super().store(batches, source)
        joined = same_address.join(self.found)
        return Stored(stored.stored, stored.updated, joined.n, joined.apart)

    def merge(
        self, cursor: CursorWrapper, present: frozenset[str], source: str
    ) -> Stored:
        stored = super().merge(cursor, present, source)
        self.found = same_address.look(cursor, present, source, self.found.changed)
        return stored

    def _changed(self, cursor: CursorWrapper, facts: list[str]) -> int:
        cursor.execute(CHANGED.format(update=self._update(facts)))
        n, self.found.changed = cursor.fetchone()
        return n

    def _held(self, name: str) -> str:
        """What the customer stated itself, not what it shows of those it was joined
        with.
        """
        shown = super()._held(name)
        if name == self.extra:
            own = f"jsonb_strip_nulls({shown} || {OWN_TRAITS})"
            return f"CASE WHEN target.borrowed = '{{}}' THEN {shown} ELSE {own} END"
        nothing, kind = NOTHING.get(name, "''"), TYPES.get(name, "text")
        own = f"coalesce(target.borrowed ->> '{name}', {nothing})::{kind}"
        return f"CASE WHEN target.borrowed ? '{name}' THEN {own} ELSE {shown} END"

    def _besides(self, facts: list[str]) -> dict[str, str]:
        """A changed row shows its own again, as `_held` gave it; its family is shown
        anew right after.
        """
        names = ", ".join(f"'{name}'" for name in facts if name != self.extra)
        left = f"target.borrowed - ARRAY[{names}]::text[]"
        if self.extra in facts:
            left += (
                " - ARRAY(SELECT key FROM jsonb_object_keys(target.borrowed) AS key"
                f" WHERE key LIKE '{OTHER}%')"
            )
        return {
            "borrowed": (
                "CASE WHEN target.borrowed = '{}' THEN target.borrowed ELSE"
                f" {left} END"
            )
        }
