"""Erase people for good: marked in one transaction, then nothing of theirs is taken in
or sent; then every store.

The second part may die and be done again. What to look for in texts and files is kept
sealed until it is done.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Now

from profiles.identity import merge_customers
from profiles.identity.merged_profile import ANONYMOUS, GUEST
from profiles.identity.resolution import made_up_id
from profiles.models import Customer, DataRequest, Device, ErasedId, Identity
from profiles.privacy import erased_ids
from profiles.privacy.contract import Counts, stores
from profiles.privacy.person import CUSTOMER_ID, EMAIL, PHONE, Key, Person
from retention_site.lib.clock import now
from retention_site.lib.security import signing

LOCK = 0x666F72676574  # "forget": one process erases at a time
MOST_TOGETHER = 500  # people who are erased in one go
PATIENCE = timedelta(minutes=1)  # whoever began it is at work on it this long at least
LATE = timedelta(minutes=15)  # a call that was on its way has come in by then
NAMES = ("first_name", "last_name")
KEPT = frozenset(
    "id external_id merged_into erased_at created_at updated_at contacts_are_simulated".split()
)
Progress = Callable[[float], None]


class NobodyKnown(LookupError):
    """No customer has this id, and none with it was erased."""


def begin(customer_id: str, *, by: User | None = None) -> DataRequest:
    """Mark the person with one of the shop's ids as erased; from the commit on they are
    not written to, nor taken in.

    All rows of joined customers are one person. For who was erased before, return that
    request. Raise `NobodyKnown`.
    """
    with transaction.atomic():
        merge_customers.lock()
        family = list(family_of(customer_id).select_for_update())
        if not family:
            return _earlier(customer_id)
        person = person_of(family)
        for _key, store in stores():
            store.close(person)
        _mark(family, person)
        return DataRequest.objects.create(
            kind=DataRequest.Kind.ERASURE,
            customers=list(person.customers),
            asked_by=by,
            receipt=_receipt({"customers": {"customer": len(family)}}),
            sought=signing.seal(person.as_text()),
        )


def finish(
    request: DataRequest, *, progress: Progress = lambda _share: None
) -> DataRequest:
    """Go through every store; killed on the way it is begun anew, done again it changes
    nothing.

    Whoever else waits to be erased goes along: files that are rewritten are rewritten
    once.
    """
    with _alone():
        request.refresh_from_db()
        others = DataRequest.objects.filter(
            kind=DataRequest.Kind.ERASURE, finished_at=None
        ).exclude(pk=request.pk)
        waiting = (
            list(others.order_by("pk")[:MOST_TOGETHER])
            if request.finished_at is None
            else []
        )
        _go_through([request, *waiting], progress)
    request.refresh_from_db()
    return request


def _go_through(requests: Sequence[DataRequest], progress: Progress) -> None:
    people = [_sought(request) for request in requests]
    everybody = Person.joined(people)
    _hash_late_ids(everybody.customers)
    receipts = [
        {one["store"]: Counter(one["erased"]) for one in request.receipt}
        for request in requests
    ]
    every = list(stores())
    for n, (key, store) in enumerate(every):
        together = store.erase(everybody) if store.is_rewritten else None
        for request, person, done in zip(requests, people, receipts, strict=True):
            done.setdefault(key, Counter()).update(
                store.erase(person) if together is None else together
            )
            DataRequest.objects.filter(pk=request.pk).update(receipt=_receipt(done))
        progress((n + 1) / len(every))
    done_now = DataRequest.objects.filter(
        pk__in=[request.pk for request in requests], finished_at=None
    )
    done_now.update(finished_at=Now(), sought="")


def abandoned() -> list[DataRequest]:
    """Return the erasures that have long begun and are not through every store."""
    open_ = DataRequest.objects.filter(kind=DataRequest.Kind.ERASURE, finished_at=None)
    return list(open_.filter(asked_at__lt=Now() - PATIENCE).order_by("pk"))


def due_again() -> list[DataRequest]:
    """Return the erasures that are to be looked through once more."""
    done = DataRequest.objects.filter(kind=DataRequest.Kind.ERASURE, checked_at=None)
    return list(done.filter(finished_at__lt=Now() - LATE).order_by("pk"))


def look_again() -> int:
    """Go once more through what calls on their way may have brought after erasures;
    return how many are closed.
    """
    requests = due_again()
    if not requests:
        return 0
    person = Person(tuple(pk for request in requests for pk in request.customers))
    with _alone():
        _hash_late_ids(person.customers)
        for _key, store in stores():
            store.erase(person)
    return DataRequest.objects.filter(
        pk__in=[request.pk for request in requests]
    ).update(checked_at=Now())


def family_of(customer_id: str) -> QuerySet[Customer]:
    """Return all rows of the person with one of the shop's ids, in the order of keys;
    none for erased ones.
    """
    named = Customer.objects.filter(external_id=customer_id, erased_at=None)
    people = {into or pk for pk, into in named.values_list("pk", "merged_into")}
    family = Customer.objects.of_persons(people)
    own = Identity.objects.filter(customer__in=family).values_list("kind", "value")
    nameless = Q(external_id__in=[made_up_id(key) for key in own], merged_into=None)
    return (
        (family | Customer.objects.filter(nameless))
        .filter(erased_at=None)
        .order_by("pk")
    )


def person_of(family: Sequence[Customer]) -> Person:
    """Gather by what a person is known."""
    pks = tuple(customer.pk for customer in family)
    ids = {key for customer in family for key in _ids_of(customer)}
    ids |= set(Identity.objects.filter(customer__in=pks).values_list("kind", "value"))
    ids |= {(Identity.Kind.DEVICE.value, token) for token in _tokens(pks)}
    said = [value for customer in family for value in _words_of(customer)]
    names = {value for name, value in said if name in NAMES}
    names |= {customer.full_name for customer in family if customer.full_name}
    facts = {value for name, value in said if name not in NAMES}
    return Person(pks, tuple(sorted(ids)), tuple(sorted(names)), tuple(sorted(facts)))


def _ids_of(customer: Customer) -> Iterator[Key]:
    said = customer.external_id
    yield CUSTOMER_ID, said
    if said.startswith(ANONYMOUS):
        yield Identity.Kind.ANONYMOUS.value, said.removeprefix(ANONYMOUS)
    if said.startswith(GUEST):
        guest = said.removeprefix(GUEST)
        yield (
            (
                EMAIL
                if "@" in guest
                else PHONE
                if guest.startswith("+")
                else Identity.Kind.DEVICE.value
            ),
            guest,
        )
    for kind, held in ((EMAIL, customer.email), (PHONE, customer.phone)):
        yield from (
            (kind, value) for value in (held, customer.borrowed.get(kind)) if value
        )


def _words_of(customer: Customer) -> Iterator[tuple[str, str]]:
    """Yield names and other attributes in words, the customer's own beside what is
    shown for the family.
    """
    for name in NAMES:
        yield from (
            (name, value)
            for value in (getattr(customer, name), customer.borrowed.get(name))
            if value
        )
    for held in (customer.traits, customer.borrowed):
        yield from (
            (name, value)
            for name, value in held.items()
            if isinstance(value, str) and name not in NAMES
        )


def _tokens(pks: Sequence[int]) -> list[str]:
    return list(Device.objects.filter(customer__in=pks).values_list("token", flat=True))


def _mark(family: Sequence[Customer], person: Person) -> None:
    """Empty the rows and keep the hashes of all ids; the first row of the family stands
    for them.
    """
    empty = {
        field.name: field.get_default()
        for field in Customer._meta.concrete_fields
        if field.name not in KEPT
    }
    nameless = Concat(Value("erased:"), Cast("pk", TextField()))
    rows = Customer.objects.filter(pk__in=person.customers)
    rows.update(**empty, external_id=nameless, erased_at=now(), updated_at=Now())
    by_id = {customer.external_id: customer.pk for customer in family}
    _hash((kind, value, by_id.get(value, family[0].pk)) for kind, value in person.ids)


def _hash_late_ids(customers: Sequence[int]) -> None:
    """Keep the hashes of ids that a call on its way wrote down after the erasure had
    begun.
    """
    late = Identity.objects.filter(customer__in=customers).values_list(
        "kind", "value", "customer"
    )
    tokens = Device.objects.filter(customer__in=customers).values_list(
        "token", "customer"
    )
    _hash([*late, *((Identity.Kind.DEVICE.value, token, pk) for token, pk in tokens)])


def _hash(ids: Iterable[tuple[str, str, int]]) -> None:
    rows = [
        ErasedId(kind=kind, digest=erased_ids.digest(kind, value), customer_id=pk)
        for kind, value, pk in ids
    ]
    ErasedId.objects.bulk_create(rows, ignore_conflicts=True)


def _earlier(customer_id: str) -> DataRequest:
    pk = erased_ids.customers([customer_id]).get(customer_id)
    found = (
        DataRequest.objects.filter(
            kind=DataRequest.Kind.ERASURE, customers__contains=pk
        )
        if pk
        else None
    )
    request = found.order_by("-pk").first() if found is not None else None
    if request is None:
        raise NobodyKnown(f"No customer has the id {customer_id!r}.")
    return request


def _receipt(done: Mapping[str, Counts]) -> list[dict[str, Any]]:
    """Say what was erased in each store: words and numbers, nothing of the person's."""
    return [
        {"store": key, "erased": {what: n for what, n in sorted(erased.items()) if n}}
        for key, erased in done.items()
    ]


def _sought(request: DataRequest) -> Person:
    if not request.sought:
        return Person(tuple(request.customers))
    try:
        return Person.from_text(signing.unseal(request.sought))
    # SECRET_KEY was changed meanwhile: what goes by key still goes
    except signing.BadToken:
        return Person(tuple(request.customers))


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process erase; others wait until it is done or dead: two that rewrite a
    file would bring back people.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
