"""Who a message speaks of: anonymous and known ids, e-mail, phone and device lead to
one customer.

A fact is stored under the customer whose id it carried; that two customers are one
person is a merge, kept apart from the facts. So facts need never be rewritten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction

from profiles.identity import merge_customers, stub_customers
from profiles.identity.merge_customers import Link
from profiles.identity.merged_profile import ANONYMOUS, GUEST, is_named
from profiles.identity.stub_customers import FoundCustomer
from profiles.intake.normalisation.emails import mailbox
from profiles.intake.payloads import Ids
from profiles.models import Identity, Merge
from profiles.privacy import erased_ids

Key = tuple[str, str]  # kind, value
KINDS = Identity.Kind
FOUND = """asked.kind, asked.value, customer.id, coalesce(head.id, customer.id),
        customer.erased_at IS NOT NULL, coalesce(head.external_id, customer.external_id)"""
HEAD = "LEFT JOIN profiles_customer head ON head.id = customer.merged_into_id"
ASKED = "unnest(%(kinds)s::text[], %(values)s::text[]) AS asked (kind, value)"
KNOWN = f"""
    SELECT {FOUND} FROM {ASKED}
    JOIN profiles_identity identity ON identity.kind = asked.kind AND identity.value = asked.value
    JOIN profiles_customer customer ON customer.id = identity.customer_id {HEAD}
"""  # noqa: S608
# Customers of a file have an address before anyone wrote it down as an identity.
ADDRESSED = f"""
    SELECT {FOUND} FROM {ASKED}
    JOIN profiles_customer customer ON customer.email <> '' AND lower(customer.email) = asked.value {HEAD}
    WHERE asked.kind = 'email' AND customer.erased_at IS NULL
    UNION ALL
    SELECT {FOUND} FROM {ASKED}
    JOIN profiles_customer customer ON customer.phone <> '' AND customer.phone = asked.value {HEAD}
    WHERE asked.kind = 'phone' AND customer.erased_at IS NULL
    ORDER BY 3 LIMIT 1000
"""  # noqa: S608
INSERT = """
    INSERT INTO profiles_identity (kind, value, customer_id)
    SELECT kind, value, customer FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS made (kind, value, customer)
    ORDER BY kind, value ON CONFLICT (kind, value) DO NOTHING
"""


@dataclass
class Register:
    """Which customer each id leads to, as far as some messages need it; grows while
    they are gone through.
    """

    users: dict[str, FoundCustomer]
    known: dict[Key, list[FoundCustomer]]
    made: dict[Key, int] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def take(self, ids: Ids, source: str) -> int | None:
        """Return the customer of one message, None when erased; note new identities and
        who turns out to be one.
        """
        owner = self._owner(ids)
        if owner.is_erased:
            return None
        for kind, value in keys_of(ids):
            self._tie(kind, value, owner, source)
        if ids.previous is not None:
            self._tie_previous(ids.previous, owner, source)
        return owner.pk

    def _owner(self, ids: Ids) -> FoundCustomer:
        """The customer whose id stands foremost: the shop's own, else the anonymous
        one, else the address.
        """
        if ids.user is not None:
            return self.users[ids.user]
        first = next(iter(keys_of(ids)))
        found = self.known.get(first)
        return found[0] if found else self.users[made_up_id(first)]

    def _tie(
        self,
        kind: str,
        value: str,
        owner: FoundCustomer,
        source: str,
        evidence: str = "",
    ) -> None:
        key = (kind, value)
        found = self.known.setdefault(key, [])
        if not found:
            found.append(owner)
            self.made[key] = owner.pk
        self.links += [
            Link(owner.pk, other.pk, evidence or kind, value, source)
            for other in found
            if _may_be_one(owner, other, evidence or kind)
        ]

    def _tie_previous(self, previous: str, owner: FoundCustomer, source: str) -> None:
        """Alias: what was known by ``previous``, a shop's id or an anonymous one, is
        this customer.
        """
        if other := self.users.get(previous):
            self.links.append(
                Link(owner.pk, other.pk, Merge.Evidence.ALIAS, previous, source)
            )
        else:
            self._tie(
                KINDS.ANONYMOUS, previous, owner, source, evidence=Merge.Evidence.ALIAS
            )


@dataclass
class Made:
    """What finding out whom messages speak of made: customers by primary key, and how
    many were joined.
    """

    customers: set[int] = field(default_factory=set)
    n_joined: int = 0


def customers_of(
    messages: Sequence[Ids], source: str, made: Made | None = None
) -> list[int | None]:
    """Return the customer of each message by primary key, None for erased ones; a few
    queries for any number.

    Unknown ids get a customer, new ids are written down, and customers that turn out to
    be one person are joined; ``made`` learns of it.
    """
    made = made or Made()
    register = _look_up(messages)
    owners = [register.take(ids, source) for ids in messages]
    if register.made:
        register.links += _write_down(register.made, source)
    if register.links:
        made.n_joined += len(merge_customers.join(register.links))
    made.customers |= {one.pk for one in register.users.values() if one.is_new}
    return owners


def keys_of(ids: Ids) -> Iterable[Key]:
    """Yield the identities of a message, the most particular first."""
    if ids.anonymous is not None:
        yield KINDS.ANONYMOUS, ids.anonymous
    if ids.email is not None:
        yield KINDS.EMAIL, mailbox(ids.email)
    if ids.phone is not None:
        yield KINDS.PHONE, ids.phone
    if ids.device is not None:
        yield KINDS.DEVICE, ids.device


def made_up_id(key: Key) -> str:
    """Return the customer id that we give where the shop gave none."""
    kind, value = key
    return f"{ANONYMOUS}{value}" if kind == KINDS.ANONYMOUS else f"{GUEST}{value}"


def _look_up(messages: Sequence[Ids]) -> Register:
    keys = sorted(
        {key for ids in messages for key in keys_of(ids)} | _previous(messages)
    )
    known = _known(keys) if keys else {}
    previous = [ids.previous for ids in messages if ids.previous is not None]
    found = stub_customers.customers(
        _owners(messages, known)
    ) | stub_customers.known_customers(previous)
    found |= stub_customers.erased_customers(
        one for one in previous if one not in found
    )
    return Register(found, known)


def _owners(
    messages: Sequence[Ids], known: Mapping[Key, list[FoundCustomer]]
) -> set[str]:
    """The customer ids that messages need: the shop's own, or one that we give to who
    has none yet.
    """
    users = {ids.user for ids in messages if ids.user is not None}
    foremost = (next(iter(keys_of(ids))) for ids in messages if ids.user is None)
    return users | {made_up_id(key) for key in foremost if key not in known}


def _may_be_one(one: FoundCustomer, other: FoundCustomer, evidence: str) -> bool:
    """Say whether it is worth asking for a merge; `merge_customers.join` decides."""
    if one.person == other.person or other.is_erased:
        return False
    return not (one.is_named and other.is_named) or evidence in (
        Merge.Evidence.ALIAS,
        *settings.JOIN_ACCOUNTS_BY,
    )


def _previous(messages: Sequence[Ids]) -> set[Key]:
    return {
        (KINDS.ANONYMOUS, ids.previous) for ids in messages if ids.previous is not None
    }


def _known(keys: Sequence[Key]) -> dict[Key, list[FoundCustomer]]:
    """Return to whom ids lead; one of an erased person leads to nobody, whoever may use
    it now.
    """
    found = _rows(KNOWN, keys)
    # an erased id must not lead to anybody again, even if the shop reuses it
    found |= {
        key: [FoundCustomer(pk, pk, is_erased=True)]
        for key, pk in erased_ids.among(set(keys) - found.keys()).items()
    }
    addresses = [
        key for key in keys if key[0] in (KINDS.EMAIL, KINDS.PHONE) and key not in found
    ]
    return found | (_rows(ADDRESSED, addresses) if addresses else {})


def _rows(query: str, keys: Sequence[Key]) -> dict[Key, list[FoundCustomer]]:
    found: dict[Key, list[FoundCustomer]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "kinds": [kind for kind, _ in keys],
                "values": [value for _, value in keys],
            },
        )
        for kind, value, pk, person, is_erased, head in cursor:
            found.setdefault((kind, value), []).append(
                FoundCustomer(pk, person, is_erased, is_named(head))
            )
    return found


@transaction.atomic
def _write_down(made: dict[Key, int], source: str) -> list[Link]:
    """Store new identities; what somebody else wrote down for another customer
    meanwhile is a link.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                [kind for kind, _ in made],
                [value for _, value in made],
                list(made.values()),
            ],
        )
        # fewer were written: another process named these ids at the same moment
        if cursor.rowcount == len(made):
            return []
    return [
        Link(made[key], other.pk, key[0], key[1], source)
        for key, found in _rows(KNOWN, sorted(made)).items()
        for other in found
        if other.pk != made[key]
    ]
