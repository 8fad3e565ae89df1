"""What a launch now would come to, and what speaks against it: for the dialog, the command and the rehearsal.

Nothing is stored: the draws are those of the launch, made in a transaction that is undone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.content.model import Content, WhenExhausted
from campaigns.content.parse import read
from campaigns.content.value_policies import policy_of
from campaigns.models import CampaignVersion, CouponPool, Message
from campaigns.planning import holdouts
from campaigns.planning.arm_assignment import places
from campaigns.planning.audiences import candidates
from campaigns.planning.decide import (
    CONTROL_GROUP,
    GLOBAL_HOLDOUT,
    NO_CONSENT,
    Policy,
    decide,
)
from profiles import history
from profiles.models import Portrait
from profiles.segments import members
from retention_site.lib.clock import now

LATELY = timedelta(days=7)
MOST_LOOKED_AT = 50_000  # customers; of a larger audience every n-th is looked at, and counts are scaled
MOST_WORTHS = (
    2_000  # customers whose coupons are valued, to say what all of them come to
)
GOES_OUT = """
    SELECT EXISTS (SELECT FROM campaigns_message WHERE campaign_id = %(campaign)s
        AND coalesce(sent_at, planned_at) > %(since)s AND state <> ALL(%(not_sent)s))
"""
GOT_IT = """
    SELECT count(DISTINCT customer_id), max(coalesce(sent_at, planned_at)) FROM campaigns_message
    WHERE campaign_id = %(campaign)s AND customer_id = ANY(%(customers)s)
        AND coalesce(sent_at, planned_at) > %(since)s AND state <> ALL(%(not_sent)s)
"""
NOT_SENT = (
    Message.State.HELD,
    Message.State.CANCELLED,
    Message.State.FAILED,
    Message.State.SUPPRESSED,
    Message.State.CAPPED,
    Message.State.EXPIRED,
    Message.State.ERASED,
)


class Kind(StrEnum):
    AGAIN = "again"  # the same people a second time: wants a word of its own
    POOL = "pool"
    BUDGET = "budget"
    CONSENT = "consent"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Warned:
    """One thing that speaks against a launch, in a sentence."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class Outlook:
    """What a launch now would come to. ``n`` = send + held; about so, where it was ``scaled`` up."""

    n: int
    n_send: int
    n_control: int
    n_held_out: int
    n_coupons: int  # at most
    money: Decimal  # what these coupons may cost at most
    currency: str
    is_scaled: bool
    warnings: tuple[Warned, ...]

    @property
    def n_held(self) -> int:
        return self.n - self.n_send

    @property
    def n_others(self) -> int:
        """Held for reasons of their own: no address, no consent, a limit."""
        return self.n_held - self.n_control - self.n_held_out


def outlook(
    version: CampaignVersion,
    at: datetime | None = None,
    *,
    most: int = MOST_LOOKED_AT,
    audience: Sequence[int] | None = None,
) -> Outlook:
    """Look ahead at a launch of a version; of an audience above ``most`` at a part.
    Whoever knows the audience of this moment brings it.
    """
    moment, content = at or now(), read(version.content)
    customers = audience
    if customers is None:
        history.refresh()
        customers = members(version.content["segment"]["rule"], moment).tolist()
    found = decided(version, content, customers, moment, most)
    return outlook_of(version, content, found, _again(version, customers, moment))


@dataclass(frozen=True)
class Decided:
    """What was decided about ``n`` customers, or about a part of them: how many by
    "send" or reason, and arm and customer of those to be sent.
    """

    n: int
    counts: Counter[str]
    sends: list[tuple[str, int]]
    is_part: bool

    @property
    def scale(self) -> float:
        return self.n / max(self.counts.total(), 1)

    def scaled(self, reason: str) -> int:
        return round(self.scale * self.counts[reason])


def outlook_of(
    version: CampaignVersion,
    content: Content,
    found: Decided,
    again: Sequence[Warned],
) -> Outlook:
    """Sum up what was decided, with what speaks against it."""
    coupons = _coupons(content, version, found)
    n_held = sum(found.scaled(reason) for reason in found.counts if reason != "send")
    nobody = Warned(Kind.NOBODY, _("Nobody would be written to."))
    n_send = found.n - n_held
    return Outlook(
        n=found.n,
        n_send=n_send,
        n_control=found.scaled(CONTROL_GROUP),
        n_held_out=found.scaled(GLOBAL_HOLDOUT),
        n_coupons=coupons.n,
        money=coupons.money,
        currency=coupons.currency,
        is_scaled=found.is_part,
        warnings=(
            *again,
            *(() if n_send else (nobody,)),
            *coupons.warnings,
            *_without_consent(found.scaled(NO_CONSENT)),
        ),
    )


def decided(
    version: CampaignVersion,
    content: Content,
    customers: Sequence[int],
    moment: datetime,
    most: int = MOST_LOOKED_AT,
) -> Decided:
    """Decide as the launch will; about every n-th of more than ``most``."""
    step = -(-len(customers) // most) or 1
    with transaction.atomic():
        above = holdouts.lots_of(version.campaign_id, content)
        transaction.set_rollback(
            True
        )  # the holdout is drawn by the launch itself, the same
    found, external_ids = candidates.load(customers[::step], content, moment)
    drawn = places(content, external_ids, version.salt, above)
    policy = Policy(limits=content.limits, needs_consent=content.is_marketing)
    channels = {arm.name: content.channels_of(arm) for arm in content.arms}
    counts: Counter[str] = Counter()
    sends = []
    for candidate, place in zip(found, drawn, strict=True):
        made = decide(
            candidate,
            policy,
            channels=channels.get(place.arm, ()),
            held_by=place.held_by,
        )
        counts["send" if made.is_send else made.reason] += 1
        if made.is_send:
            sends.append((place.arm, candidate.customer))
    return Decided(len(customers), counts, sends, is_part=step > 1)


def _again(
    version: CampaignVersion, customers: Sequence[int], moment: datetime
) -> list[Warned]:
    """How many of the audience this campaign wrote to within the last days."""
    values: dict[str, Any] = {
        "campaign": version.campaign_id,
        "since": moment - LATELY,
        "not_sent": [str(state) for state in NOT_SENT],
    }
    with connection.cursor() as cursor:
        cursor.execute(GOES_OUT, values)
        if not cursor.fetchone()[0]:
            return []  # a large audience takes long to be asked about
        cursor.execute(GOT_IT, {**values, "customers": list(customers)})
        n, last = cursor.fetchone()
    if not n:
        return []
    words = ngettext(
        "%(n)d of them got this campaign in the last %(days)d days, last %(when)s.",
        "%(n)d of them got this campaign in the last %(days)d days, last %(when)s.",
        n,
    )
    return [
        Warned(
            Kind.AGAIN,
            words % {"n": n, "days": LATELY.days, "when": _ago(moment - last)},
        )
    ]


def _ago(gone: timedelta) -> str:
    minutes = max(int(gone.total_seconds() // 60), 0)
    if minutes < 120:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {
            "n": minutes
        }
    if minutes < 48 * 60:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", minutes // 60) % {
            "n": minutes // 60
        }
    return ngettext("%(n)d day ago", "%(n)d days ago", minutes // 1440) % {
        "n": minutes // 1440
    }


def _without_consent(n: int) -> list[Warned]:
    if not n:
        return []
    words = ngettext(
        "%(n)d customer has not agreed and is left out.",
        "%(n)d customers have not agreed and are left out.",
        n,
    )
    return [Warned(Kind.CONSENT, words % {"n": n})]


@dataclass(frozen=True)
class _Coupons:
    n: int = 0
    money: Decimal = Decimal(0)
    currency: str = ""
    warnings: tuple[Warned, ...] = ()


def _coupons(content: Content, version: CampaignVersion, found: Decided) -> _Coupons:
    """How many coupons would be asked for and what they come to, beside what the pool still has."""
    offer, scale = content.offer, found.scale
    wanted = [
        pk
        for arm, pk in found.sends
        if (one := content.arm(arm)) and content.offer_of(one)
    ]
    if offer is None or not wanted:
        return _Coupons()
    pool = CouponPool.objects.filter(
        name=offer.pool, campaign=version.campaign_id
    ).first()
    left = offer.cap - (pool.n_issued if pool else 0)
    budget = Decimal(offer.budget) - (pool.committed if pool else 0)
    asked, mean = round(scale * len(wanted)), _mean_worth(content, wanted)
    affordable = int(budget / mean) if mean > 0 else asked
    n = max(min(asked, left, affordable), 0)
    short = (
        _short(asked - n, is_held=offer.when_exhausted == WhenExhausted.HOLD)
        if asked > n
        else ""
    )
    warnings = []
    if left < asked and left <= affordable:
        words = ngettext(
            "The pool has %(n)d coupon left.", "The pool has %(n)d coupons left.", left
        ) % {"n": left}
        warnings.append(Warned(Kind.POOL, f"{words} {short}"))
    elif affordable < asked:
        said = {"money": f"{budget:,.2f} {offer.currency}", "n": affordable}
        words = _("The pool has %(money)s left, enough for about %(n)d coupons.") % said
        warnings.append(Warned(Kind.BUDGET, f"{words} {short}"))
    return _Coupons(n, min(n * mean, budget), offer.currency, tuple(warnings))


def _short(n: int, *, is_held: bool) -> str:
    if is_held:
        words = ngettext(
            "%(n)d customer gets no message.", "%(n)d customers get no message.", n
        )
    else:
        words = ngettext(
            "%(n)d customer is written to without one.",
            "%(n)d customers are written to without one.",
            n,
        )
    return words % {"n": n}


def _mean_worth(content: Content, customers: Sequence[int]) -> Decimal:
    """What a coupon comes to on average, by the policies of the arms that have one, over a part of the customers."""
    step = -(-len(customers) // MOST_WORTHS) or 1
    traits = dict(
        Portrait.objects.filter(customer__in=customers[::step]).values_list(
            "customer", "traits"
        )
    )
    policies = [
        policy_of(content.value_policy_of(arm))
        for arm in content.arms
        if content.offer_of(arm)
    ]
    known = [
        {
            key: one.get("value")
            for key, one in traits.get(pk, {}).items()
            if isinstance(one, dict)
        }
        for pk in customers[::step]
    ]
    worths = [policy.worth(one).value for one in known for policy in policies]
    return sum(worths, Decimal(0)) / max(len(worths), 1)
