"""Erased ids: keyed hashes, asked wherever an unknown id would become a customer. So
who was erased stays erased.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from profiles.intake.values import Refused, phone
from profiles.models import ErasedId
from profiles.privacy.person import CUSTOMER_ID, EMAIL, PHONE, Key
from profiles.privacy.person_search import ID_NAMES, leaves
from retention_site.lib.security import signing

OTHER_KINDS = ("anonymous_id", "device")
LONGEST = 300  # characters of an id; a longer text is none
T = TypeVar("T")
# `digest` in SQL: a keyed digest of RFC 2104 by the two blocks it begins with
LEAVE_OUT = """
    DELETE FROM incoming WHERE EXISTS (SELECT FROM profiles_erasedid gone WHERE gone.kind = %(kind)s AND gone.digest =
        encode(sha256(%(outer)s || sha256(%(inner)s || convert_to(incoming.customer_id, 'UTF8'))), 'hex'))
"""


def digest(kind: str, value: str) -> str:
    """Return what is kept of an erased id."""
    return signing.digest(_purpose(kind), value.lower() if kind == EMAIL else value)


def among(keys: Iterable[Key]) -> dict[Key, int]:
    """Return the erased ones of some ids, each with the primary key of the row that is
    left of its customer.
    """
    by_digest = {
        (str(kind), digest(kind, value)): (kind, value) for kind, value in keys
    }
    if not by_digest:
        return {}
    found = ErasedId.objects.filter(digest__in=[said for _kind, said in by_digest])
    rows = found.values_list("kind", "digest", "customer")
    return {
        by_digest[kind, said]: customer
        for kind, said, customer in rows
        if (kind, said) in by_digest
    }


def customers(external_ids: Iterable[str]) -> dict[str, int]:
    """Return the erased ones of some customer ids, with the primary keys of what is
    left of them.
    """
    return {
        value: pk
        for (_kind, value), pk in among(
            (CUSTOMER_ID, one) for one in external_ids
        ).items()
    }


def leave_out(cursor: CursorWrapper) -> None:
    """Drop the rows of erased customers from the table ``incoming`` of an import."""
    if anyone():
        inner, outer = signing.blocks(_purpose(CUSTOMER_ID))
        cursor.execute(LEAVE_OUT, {"kind": CUSTOMER_ID, "inner": inner, "outer": outer})


def without_erased(rows: Sequence[T], content: Callable[[T], Any]) -> list[T]:
    """Return the rows that speak of nobody who was erased: what is put aside as bad is
    kept as it came.
    """
    if not rows or not anyone():
        return list(rows)
    said = [set(_keys_in(content(row))) for row in rows]
    erased = among(set().union(*said)).keys()
    return [row for row, keys in zip(rows, said, strict=True) if not keys & erased]


def anyone() -> bool:
    """Whether anybody was ever erased: most shops ask no further."""
    return ErasedId.objects.exists()


def _keys_in(row: Any) -> Iterable[Key]:
    for name, value in leaves(row):
        said = value.strip()
        if not said or len(said) > LONGEST:
            continue
        if "@" in said:
            yield EMAIL, said.lower()
        if name in ID_NAMES:
            yield CUSTOMER_ID, said
            yield from ((kind, said) for kind in OTHER_KINDS)
        if number := _phone(said):
            yield PHONE, number


def _phone(said: str) -> str | None:
    if sum(letter.isdigit() for letter in said) < 6 or any(
        letter.isalpha() for letter in said
    ):
        return None
    try:
        return phone(said, country=settings.SHOP_COUNTRY)
    except Refused:
        return None


def _purpose(kind: str) -> str:
    return f"erased {kind!s}"
