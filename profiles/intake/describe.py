"""Take in what is stated about customers: the newest statement of each attribute holds, in whatever order they come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from profiles.intake import merging
from profiles.intake.family import own, show
from profiles.intake.merging import WRITTEN
from profiles.models import Customer


@dataclass(frozen=True, slots=True)
class Description:
    """What was stated of one customer (by primary key) at one moment: column or ``traits.name`` → value."""

    customer: int
    at: datetime
    attributes: Mapping[str, Any]


@transaction.atomic
def describe(descriptions: Iterable[Description]) -> None:
    """Store descriptions; a few queries for any number. Whoever stands for joined customers shows the newest."""
    by_customer: dict[int, list[Description]] = defaultdict(list)
    for one in descriptions:
        by_customer[one.customer].append(one)
    if not by_customer:
        return
    merging.share()
    rows = Customer.objects.filter(pk__in=by_customer, erased_at=None).order_by("pk").select_for_update(no_key=True)
    changed = [row for row in rows if _take(row, by_customer[row.pk])]
    Customer.objects.bulk_update(changed, [*WRITTEN, "updated_at"], batch_size=500)
    merging.refresh(row.pk for row in changed)


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
    row.updated_at = Now()
    return True
