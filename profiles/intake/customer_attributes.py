"""Take in what is stated about customers: the newest statement of each attribute holds,
in whatever order they come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from profiles.identity import merge_customers
from profiles.identity.merge_customers import Families
from profiles.identity.merged_profile import own, show
from profiles.models import Customer


@dataclass(frozen=True, slots=True)
class Description:
    """What was stated of one customer (by primary key) at one moment: column or
    ``traits.name`` → value.
    """

    customer: int
    at: datetime
    attributes: Mapping[str, Any]


def describe(descriptions: Iterable[Description]) -> None:
    """Store descriptions; a few queries for any number. Whoever stands for joined
    customers shows the newest.
    """
    by_customer: dict[int, list[Description]] = defaultdict(list)
    for one in descriptions:
        by_customer[one.customer].append(one)
    if by_customer:
        _store(by_customer)


@transaction.atomic(savepoint=False)
def _store(by_customer: Mapping[int, Sequence[Description]]) -> None:
    merge_customers.share()
    families = Families.of(by_customer)
    known = [
        customer
        for pk in by_customer
        if not (customer := families.customers[pk]).erased_at
    ]
    families.write(row.pk for row in known if _take(row, by_customer[row.pk]))


def _take(row: Customer, said: Iterable[Description]) -> bool:
    """Let a row state its own attributes; False when all of it was known or older."""
    member = own(row)
    before = dict(member.values)
    for one in said:
        for name, value in one.attributes.items():
            member.state(name, value, one.at)
    if member.values == before and member.stated == row.stated:
        return False
    show(row, member, [member])
    return True
