"""Which messages a customer answered: what several traits start from."""

from __future__ import annotations

import ibis.expr.types as ir

from profiles.portraits.purchase_facts import Facts

WINDOW_DAYS = 365


def answered(facts: Facts) -> ir.Table:
    """Return one row a message: ``customer``, ``channel``, ``days_ago``, ``is_answered``
    (0 or 1).

    A message is answered when a person opened or clicked it, or redeemed a coupon of its
    campaign; what machines opened is no event.
    """
    return facts.kept("answered", _answered)


def _answered(facts: Facts) -> ir.Table:
    told = facts.messages.filter(facts.messages.days_ago <= WINDOW_DAYS)
    redeemed = told.filter((told.redeemed > 0) & told.campaign.notnull())
    redeemed = redeemed.group_by("customer", "campaign").aggregate(
        n=redeemed.redeemed.sum()
    )
    sent = told.filter((told.sent > 0) & told.channel.notnull())
    known = sent.left_join(redeemed, ["customer", "campaign"])
    is_answered = (known.opened > 0) | (known.clicked > 0) | known.n.notnull()
    return known.select(
        "customer",
        "channel",
        "days_ago",
        is_answered=is_answered.cast("int64"),
    )
