"""Who of a campaign's audience would be offered what, why, and what that may cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from campaigns.content.model import Content, shares
from campaigns.content.value_policies import policy_of
from campaigns.models import CouponPool
from campaigns.planning import message_context
from profiles.models import Customer
from profiles.segments import members
from retention_site.lib.clock import now

LOOKED_AT = 2_000  # customers, spread over the audience


@dataclass
class OfferedValue:
    """One value, how many would get it, and one of them with the reason."""

    arm: str
    value: Decimal
    share: float = 0.0  # of those who were looked at
    n: int = 0  # of the whole audience, about
    cost: Decimal = Decimal(0)  # at most, if all were given and used
    customer: int = 0
    why: str = ""


@dataclass(frozen=True)
class OfferOutlook:
    """What a launch now would offer, beside what the pool has left."""

    n_audience: int
    n_looked_at: int
    values: list[OfferedValue] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    n_left: int = 0

    @property
    def n_offered(self) -> int:
        return sum(one.n for one in self.values)

    @property
    def is_bound(self) -> bool:
        """Whether the pool ends before the audience does."""
        return self.cost > self.left or self.n_offered > self.n_left


def outlook(content: Content) -> OfferOutlook | None:
    """Ask each arm's policy about some of the audience; None without an offer."""
    if content.offer is None:
        return None
    audience = _audience(content)
    some = audience[:: max(1, len(audience) // LOOKED_AT)][:LOOKED_AT]
    values = _values(content, some, len(audience))
    pool = CouponPool.objects.filter(name=content.offer.pool).first()
    spent, n_issued = (pool.committed, pool.n_issued) if pool else (Decimal(0), 0)
    return OfferOutlook(
        n_audience=len(audience),
        n_looked_at=len(some),
        values=values,
        cost=sum((one.cost for one in values), Decimal(0)),
        left=Decimal(content.offer.budget) - spent,
        n_left=content.offer.cap - n_issued,
    )


def _audience(content: Content) -> list[int]:
    if content.segment is None:
        people = Customer.objects.known().order_by("pk")
        return list(people.values_list("pk", flat=True))
    return [int(pk) for pk in members(content.segment.rule, now(), now())]


def _values(content: Content, some: Sequence[int], n: int) -> list[OfferedValue]:
    known = message_context.load(some, now())
    found: dict[tuple[str, Decimal], OfferedValue] = {}
    counts: dict[tuple[str, Decimal], int] = defaultdict(int)
    arms = [arm for arm in content.arms if content.offer_of(arm)]
    for arm in arms:
        policy = policy_of(content.value_policy_of(arm))
        for customer, one in known.items():
            worth = policy.worth(one.traits)
            key = (arm.name, worth.value)
            counts[key] += 1
            if key not in found:
                found[key] = OfferedValue(
                    arm.name, worth.value, customer=customer, why=worth.reason
                )
    weights = shares(content)  # whom chance holds out gets nothing
    for key, offered in found.items():
        offered.share = counts[key] / len(known) * weights[offered.arm]
        offered.n = round(offered.share * n)
        offered.cost = offered.value * offered.n
    return sorted(
        (offered for offered in found.values() if offered.value > 0),
        key=lambda offered: (offered.arm, offered.value),
    )
