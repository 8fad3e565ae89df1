"""Take in what is stated about customers: the newest statement of each attribute holds,
in whatever order they come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
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


class News(Enum):
    """What a description was to us."""

    FIRST = "nothing was known of the customer"
    CHANGE = "something else was known"
    KNOWN = "all of it was known, or newer things"


def describe(descriptions: Sequence[Description]) -> list[News]:
    """Store descriptions and say what each was to us; a few queries for any number.

    Whoever stands for joined customers shows the newest.
    """
    by_customer: dict[int, list[Description]] = defaultdict(list)
    for one in descriptions:
        by_customer[one.customer].append(one)
    news = _store(by_customer) if by_customer else {}
    return [news.get(id(one), News.KNOWN) for one in descriptions]


@transaction.atomic(savepoint=False)
def _store(by_customer: Mapping[int, Sequence[Description]]) -> dict[int, News]:
    merge_customers.share()
    families = Families.of(by_customer)
    known = [
        customer
        for pk in by_customer
        if not (customer := families.customers[pk]).erased_at
    ]
    news: dict[int, News] = {}
    families.write([row.pk for row in known if _take(row, by_customer[row.pk], news)])
    return news


def _take(row: Customer, said: Iterable[Description], news: dict[int, News]) -> bool:
    """Let a row state its own attributes; False when all of it was known or older."""
    member = own(row)
    for one in said:
        before, was_bare = dict(member.values), not member.values and not member.stated
        for name, value in one.attributes.items():
            member.state(name, value, one.at)
        change = News.FIRST if was_bare else News.CHANGE
        news[id(one)] = change if member.values != before else News.KNOWN
    if member.stated == row.stated and all(news[id(one)] is News.KNOWN for one in said):
        return False
    show(row, member, [member])
    return True
