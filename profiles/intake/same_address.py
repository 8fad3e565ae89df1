"""Customers of a file who are one person by their address, joined as the API would join
them.

What a file brought is stored first and its rows are free again: whoever joins waits for
families, and nobody who writes customers may wait for him meanwhile. A file that is
imported again after a kill joins what was left.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.backends.utils import CursorWrapper

from profiles.identity import merge_customers
from profiles.identity.merge_customers import MOST_ACCOUNTS, Families, Link
from profiles.models import Identity

AT_ONCE = 2_000  # links of one transaction
SHARED_BY_MANY = f"more than {MOST_ACCOUNTS} customers share the address"
KEPT_APART = "JOIN_ACCOUNTS_BY does not name it, or a person took them apart"
# Who has an address that the file names: by their own column, or by an identity that a
# message brought.
GROUPS = """
    WITH named AS (
        SELECT DISTINCT {value} AS value FROM newest
        JOIN profiles_customer customer ON customer.external_id = newest.customer_id
        WHERE newest.{column} IS NOT NULL AND customer.{column} <> '' AND customer.erased_at IS NULL
    ), reached AS (
        SELECT named.value, coalesce(customer.merged_into_id, customer.id) AS person
        FROM named JOIN profiles_customer customer ON customer.{column} <> '' AND {value} = named.value
        WHERE customer.erased_at IS NULL
        UNION
        SELECT named.value, coalesce(customer.merged_into_id, customer.id)
        FROM named JOIN profiles_identity identity ON identity.kind = '{kind}' AND identity.value = named.value
        JOIN profiles_customer customer ON customer.id = identity.customer_id
        WHERE customer.erased_at IS NULL
    )
    SELECT value, count(*), (array_agg(person ORDER BY person))[1:{most}] FROM reached
    GROUP BY value HAVING count(*) > 1 ORDER BY value
"""
EMAIL = Identity.Kind.EMAIL
ADDRESSES = (
    (EMAIL, "email", "lower(customer.email)"),
    (Identity.Kind.PHONE, "phone", "customer.phone"),
)


@dataclass
class SharedAddresses:
    """Who may be one person by what a file said, and whose families have something new
    to show.
    """

    links: list[Link] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    n_shared_by_many: int = 0  # customers


@dataclass(frozen=True)
class Joined:
    """How many customers were joined, and how many were not, by why."""

    n: int = 0
    apart: dict[str, int] = field(default_factory=dict)


def look(
    cursor: CursorWrapper, present: Iterable[str], source: str, changed: list[int]
) -> SharedAddresses:
    """Find who shares an address with a customer of ``newest``; a query or two for any
    number of rows.
    """
    found = SharedAddresses(changed=changed)
    for kind, column, value in ADDRESSES:
        if column not in present or (
            kind != EMAIL and kind not in settings.JOIN_ACCOUNTS_BY
        ):
            continue
        cursor.execute(
            GROUPS.format(kind=kind, column=column, value=value, most=MOST_ACCOUNTS)
        )
        for address, n, people in cursor.fetchall():
            if n > MOST_ACCOUNTS:
                found.n_shared_by_many += n
            else:
                found.links += [
                    Link(people[0], other, kind, address, source)
                    for other in people[1:]
                ]
    return found


def join(found: SharedAddresses) -> Joined:
    """Join whom the shop's settings let join by chance, and say who stays apart."""
    n = 0
    for start in range(0, len(found.links), AT_ONCE):
        n += len(merge_customers.join(found.links[start : start + AT_ONCE]))
    for start in range(0, len(found.changed), AT_ONCE):
        _show_anew(found.changed[start : start + AT_ONCE])
    apart = {
        SHARED_BY_MANY: found.n_shared_by_many,
        KEPT_APART: max(len(found.links) - n, 0),
    }
    return Joined(n, {reason: count for reason, count in apart.items() if count})


@transaction.atomic
def _show_anew(customers: Iterable[int]) -> None:
    merge_customers.share()
    Families.of(customers).write()
