"""What a shop system asks on behalf of a person: to be forgotten, or to see what is
held. Each is a row one can see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from profiles.models import Customer, DataRequest, Identity, Order
from profiles.privacy import erased_ids, erasure, job
from profiles.privacy.erasure import NobodyKnown
from profiles.privacy.person import CUSTOMER_ID, EMAIL

Kind = DataRequest.Kind


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A request: the ids by which the sender knows the person, and orders of a person
    without any.
    """

    kind: str
    customer_id: str = ""
    email: str = ""
    order_ids: tuple[str, ...] = ()


def take(asked: PersonRequest, *, source: str) -> DataRequest:
    """Start an erasure, or note that an export is to be handed out; asked again it is
    the same request.

    Who is not known here gets a row too: that nothing is held is an answer.
    """
    ids = _known_as(asked, source)
    if asked.kind == Kind.EXPORT:
        return _export(ids, source)
    requests = [
        found for one in ids if (found := _erased(one)) is not None
    ] or _erased_before(asked)
    for request in requests:
        DataRequest.objects.filter(pk=request.pk, asked_through="").update(
            asked_through=source
        )
    return requests[0] if requests else _nobody(Kind.ERASURE, source)


def handed_out(customers: Iterable[int]) -> None:
    """Close what was asked by a shop for a person whose data was just handed out."""
    waiting = DataRequest.objects.filter(kind=Kind.EXPORT, finished_at=None)
    for pk in customers:
        waiting.filter(customers__contains=pk).update(finished_at=Now())


def _known_as(asked: PersonRequest, source: str) -> list[str]:
    """Return the ids of all customers that the request speaks of: a shop's guest has an
    address or orders only.
    """
    named = Q(external_id=asked.customer_id) if asked.customer_id else Q(pk=None)
    if asked.email:
        address = Identity.objects.filter(
            kind=Identity.Kind.EMAIL, value=asked.email.lower()
        )
        named |= Q(pk__in=address.values("customer")) | Q(email__iexact=asked.email)
    if asked.order_ids:
        orders = Order.objects.filter(source=source, order_id__in=asked.order_ids)
        named |= Q(pk__in=orders.exclude(customer=None).values("customer"))
    found = Customer.objects.filter(named, erased_at=None)
    return list(found.order_by("pk").values_list("external_id", flat=True))


def _erased(external_id: str) -> DataRequest | None:
    """Erase a person; one who was joined with another asked for is gone by then."""
    try:
        with transaction.atomic():
            request = erasure.begin(external_id)
    except NobodyKnown:
        return None
    if request.finished_at is None:
        job.start(request)
    return request


def _erased_before(asked: PersonRequest) -> list[DataRequest]:
    keys = [(CUSTOMER_ID, asked.customer_id)] if asked.customer_id else []
    keys += [(EMAIL, asked.email)] if asked.email else []
    erasures = DataRequest.objects.filter(kind=Kind.ERASURE)
    found = (
        erasures.filter(customers__contains=pk).order_by("-pk").first()
        for pk in erased_ids.among(keys).values()
    )
    return [one for one in found if one is not None]


def _export(ids: Sequence[str], source: str) -> DataRequest:
    family = {customer.pk for one in ids for customer in erasure.family_of(one)}
    if not family:
        return _nobody(Kind.EXPORT, source)
    waiting = DataRequest.objects.filter(
        kind=Kind.EXPORT, finished_at=None, asked_through=source
    )
    same = waiting.filter(customers=sorted(family)).first()
    return same or DataRequest.objects.create(
        kind=Kind.EXPORT, customers=sorted(family), asked_through=source
    )


def _nobody(kind: str, source: str) -> DataRequest:
    return DataRequest.objects.create(
        kind=kind,
        customers=[],
        asked_through=source,
        finished_at=Now(),
        checked_at=Now(),
    )
