"""Whose the events of a file are: the shop's customers by id, guests by anonymous id or
address.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from profiles.identity.resolution import customers_of
from profiles.intake.customer_attributes import Description, describe
from profiles.intake.payloads import Ids
from profiles.privacy import erased_ids
from retention_site.lib.clock import now

from .base import copy_rows, make_bare_customers, stage

# In the order in which they say whose an event is; no id begins with these marks.
WHO = {"customer_id": "", "anonymous_id": "\x01", "email": "\x02"}
GUESTS = "\x01\x02"
NOBODY = -1  # stands for a customer that nobody knows where none is created


class EventCustomers:
    """The customers met so far in a file, by what it calls them; unknown ones are
    created bare.
    """

    def __init__(self, source: str, *, creates: bool = True) -> None:
        self.source, self.creates = source, creates
        self.known: dict[str, int | None] = {}
        # those that would be created
        self.unknown: set[str] = set()

    def resolve(self, rows: pa.Table) -> pa.Table:
        """Put the customers' keys in place of their ids; rows of erased customers are
        left out.
        """
        said = [name for name in WHO if name in rows.column_names]
        if said != ["customer_id"] and self.creates:
            self._tie(rows, said)
        words = _foremost(rows, said).combine_chunks().dictionary_encode()
        named = [
            word for word in words.dictionary.to_pylist() if word not in self.known
        ]
        self._meet(named)
        keys = pa.array(
            [self.known[word] for word in words.dictionary.to_pylist()], pa.int64()
        )
        resolved = rows.drop_columns(said).append_column(
            "customer_id", keys.take(words.indices)
        )
        if not keys.null_count:
            return resolved
        return resolved.filter(resolved["customer_id"].is_valid())

    def _tie(self, rows: pa.Table, said: Sequence[str]) -> None:
        """Write down whose anonymous ids and addresses are, and make guests known."""
        found = rows.select(said).group_by(said).aggregate([]).to_pylist()
        some = [one for one in found if one.get("anonymous_id") or one.get("email")]
        ids = [
            Ids(
                user=one.get("customer_id"),
                anonymous=one.get("anonymous_id"),
                email=one.get("email"),
            )
            for one in some
        ]
        owners = customers_of(ids, self.source)
        guests = [
            (one, owner)
            for one, owner in zip(some, owners, strict=True)
            if one.get("customer_id") is None
        ]
        self.known |= {_word(one): owner for one, owner in guests}
        moment = now()
        describe(
            [
                Description(owner, moment, {"email": one["email"]})
                for one, owner in guests
                if owner is not None and one.get("email")
            ]
        )

    def _meet(self, words: Sequence[str]) -> None:
        if not words:
            return
        with transaction.atomic(), connection.cursor() as cursor:
            stage_ids(cursor, "customer_id", words)
            erased_ids.leave_out(cursor)
            if self.creates:
                make_bare_customers(cursor)
            cursor.execute(
                "SELECT external_id, CASE WHEN erased_at IS NULL THEN id END FROM"
                " profiles_customer WHERE external_id IN (SELECT customer_id FROM incoming)"
            )
            found = dict(cursor.fetchall())
            self.known |= dict.fromkeys(words, None) | found
            if not self.creates:
                cursor.execute("SELECT customer_id FROM incoming")
                strange = {word for (word,) in cursor.fetchall()} - set(found)
                self.known |= dict.fromkeys(strange, NOBODY)
                self.unknown |= {one for one in strange if one[0] not in GUESTS}


def stage_ids(cursor: CursorWrapper, name: str, words: Sequence[str]) -> None:
    """Make the temporary table ``incoming`` of one column of words."""
    stage(cursor, {name: "text"})
    copy_rows(cursor, "incoming", pa.table({name: pa.array(words, pa.string())}))
    cursor.execute("ANALYZE incoming")


def _foremost(rows: pa.Table, said: Sequence[str]) -> pa.ChunkedArray:
    """What says of each row whose it is, marked by which column it stands in."""
    if list(said) == ["customer_id"]:
        return rows["customer_id"]
    marked = [
        pc.binary_join_element_wise(WHO[name], rows[name].cast(pa.string()), "")
        for name in said
    ]
    return pc.coalesce(*marked)


def _word(one: dict[str, Any]) -> str:
    name = next(name for name in WHO if one.get(name) is not None)
    return f"{WHO[name]}{one[name]}"
