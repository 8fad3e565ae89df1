"""Join customers that are one person, and take it back: logged, exact, and the same
whoever comes first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models.functions import Now

from profiles.consents import merged_consents
from profiles.identity import devices
from profiles.identity.merged_profile import is_named, own, show, stands_for, write
from profiles.models import Customer, Merge
from retention_site.lib.clock import now

# "merge": one joins or parts families at a time; whoever writes what families show
# shares it
LOCK = 0x6D65726765
# shop ids that chance may join: an address shared by more belongs to nobody in
# particular
MOST_ACCOUNTS = 5


@dataclass(frozen=True, slots=True)
class Link:
    """Two customers that one id names, and the id."""

    one: int
    other: int
    evidence: str
    value: str
    source: str = ""


@transaction.atomic
def join(links: Sequence[Link]) -> list[Merge]:
    """Join the customers that ``links`` name, where that is allowed; return what was
    joined now.

    Chance (a shared address, phone or device) joins at most `MOST_ACCOUNTS` of the
    shop's own ids, and only by the kinds of `settings.JOIN_ACCOUNTS_BY`; the shop
    (alias) and people join any. What a person took apart stays apart.
    """
    lock()
    families = Families.of(pk for link in links for pk in (link.one, link.other))
    barred = _barred(families.customers)
    made = []
    for link in links:
        if families.may_join(link, barred):
            made.append(
                Merge(
                    customer_id=link.one,
                    other_id=link.other,
                    evidence=link.evidence,
                    value=link.value,
                    source=link.source,
                    at=now(),
                )
            )
            families.join(link.one, link.other)
    if made:
        Merge.objects.bulk_create(made)
        families.write()
        devices.settle(families.customers)
        families.settle_consents(_standing_among(families.customers))
    return made


@transaction.atomic
def undo(merge: Merge, *, by: AbstractBaseUser | None = None) -> bool:
    """Take a merge back, and keep the two apart from now on; False when it was taken
    back already.

    Every customer shows again what it would show had the two never been joined. A
    withdrawal that came in meanwhile holds for both sides.
    """
    lock()
    if (
        not Merge.objects.standing()
        .filter(pk=merge.pk)
        .update(undone_at=Now(), undone_by=by)
    ):
        return False
    families = Families.of([merge.customer_id, merge.other_id])
    standing = _standing_among(families.customers)
    families.part(standing)
    families.write()
    devices.settle(families.customers)
    families.settle_consents(standing)
    sides = [
        families.members_with(merge.customer_id),
        families.members_with(merge.other_id),
    ]
    merged_consents.hand_on_withdrawals(merge, sides, families.person)
    merge.refresh_from_db()
    return True


def lock() -> None:
    """Be the only one who joins or parts families until the transaction ends."""
    _run("SELECT pg_advisory_xact_lock(%s)")


def share() -> None:
    """Keep families as they are until the transaction ends."""
    _run("SELECT pg_advisory_xact_lock_shared(%s)")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [LOCK])


class Families:
    """The families of some customers, loaded and locked as a whole."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.customers = {customer.pk: customer for customer in customers}
        # any member's key → keys of all
        self.groups: dict[int, set[int]] = defaultdict(set)
        for customer in self.customers.values():
            self.groups[customer.merged_into_id or customer.pk].add(customer.pk)
        self.groups = {pk: group for group in self.groups.values() for pk in group}

    @classmethod
    def of(cls, customers: Iterable[int]) -> "Families":
        """Load them, in the order of keys so that nobody waits in a circle."""
        some = set(customers)
        rows = Customer.objects.filter(pk__in=some).values_list("merged_into_id", "pk")
        people = {into or pk for into, pk in rows}
        members = Customer.objects.of_persons(people)
        # FOR NO KEY UPDATE: rows that point at a customer can still be written
        # meanwhile
        return cls(members.order_by("pk").select_for_update(no_key=True))

    def may_join(self, link: Link, barred: Sequence[tuple[int, int]]) -> bool:
        """Say whether a link joins two families, and is allowed to."""
        one, other = self.groups.get(link.one), self.groups.get(link.other)
        if one is None or other is None or one is other:
            return False
        if any(self.customers[pk].erased_at for pk in one | other):
            return False
        if link.evidence == Merge.Evidence.PERSON:
            return True
        if any(
            (a in one and b in other) or (a in other and b in one) for a, b in barred
        ):
            return False
        return link.evidence == Merge.Evidence.ALIAS or self._chance_may_join(
            link, one, other
        )

    def _chance_may_join(self, link: Link, one: set[int], other: set[int]) -> bool:
        n_one, n_other = self._n_accounts(one), self._n_accounts(other)
        if not n_one or not n_other:
            return True
        return (
            link.evidence in settings.JOIN_ACCOUNTS_BY
            and n_one + n_other <= MOST_ACCOUNTS
        )

    def _n_accounts(self, group: set[int]) -> int:
        return sum(is_named(self.customers[pk].external_id) for pk in group)

    def join(self, one: int, other: int) -> None:
        whole = self.groups[one] | self.groups[other]
        self.groups |= dict.fromkeys(whole, whole)

    def part(self, standing: Iterable[Merge]) -> None:
        """Leave together only what ``standing`` merges hold together."""
        # from nothing: a merge taken back must leave no trace of its own in what is
        # shown
        self.groups = {pk: {pk} for pk in self.customers}
        for merge in standing:
            self.join(merge.customer_id, merge.other_id)

    def members_with(self, pk: int) -> list[int]:
        return sorted(self.groups[pk])

    def person(self, pk: int) -> int:
        """Return who stands for a customer; as of the last `write`."""
        return self.customers[pk].merged_into_id or pk

    def every(self) -> list[set[int]]:
        return _distinct(self.groups.values())

    def settle_consents(self, standing: Sequence[Merge]) -> None:
        """Let the stricter hold in each family."""
        for group in self.every():
            merges = [merge for merge in standing if merge.customer_id in group]
            merged_consents.settle(group, merges, self._head)

    def _head(self, group: set[int]) -> int:
        return stands_for(own(self.customers[pk]) for pk in group).pk

    def write(self, changed: Iterable[int] | None = None) -> None:
        """Choose anew who stands for each family, and what it shows; only for those of
        ``changed`` if given.
        """
        groups = (
            self.every()
            if changed is None
            else _distinct(self.groups[pk] for pk in changed)
        )
        for group in groups:
            members = {pk: own(self.customers[pk]) for pk in group}
            head = stands_for(members.values())
            for pk, member in members.items():
                self.customers[pk].merged_into_id = None if pk == head.pk else head.pk
                show(
                    self.customers[pk],
                    member,
                    list(members.values()) if pk == head.pk else [member],
                )
        write(self.customers[pk] for group in groups for pk in group)


def _distinct(groups: Iterable[set[int]]) -> list[set[int]]:
    # members of one family share one set object: its identity is the family's
    return list({id(group): group for group in groups}.values())


def _barred(customers: Iterable[int]) -> list[tuple[int, int]]:
    """Pairs that a person took apart."""
    among = list(customers)
    undone = Merge.objects.exclude(undone_at=None).filter(
        customer__in=among, other__in=among
    )
    return list(undone.values_list("customer_id", "other_id"))


def _standing_among(customers: Iterable[int]) -> list[Merge]:
    among = list(customers)
    return list(
        Merge.objects.standing()
        .filter(customer__in=among, other__in=among)
        .order_by("pk")
    )
