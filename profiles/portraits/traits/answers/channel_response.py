"""How often a customer answers what we send on a channel."""

from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts
from profiles.stats.slots import concentration

from ..contract import Trait
from .message_answers import WINDOW_DAYS, answered

SAMPLE = 20_000  # customers of a channel are enough to learn how alike they are


def responses(facts: Facts) -> ir.Table:
    """Share of messages answered, by customer and channel: ``customer``, ``channel``,
    ``rate``, ``evidence``.

    Each customer's share is pulled towards the channel's own, as far as its
    customers are alike (the beta-binomial model of their counts).
    """
    return facts.kept("responses", _responses)


def _responses(facts: Facts) -> ir.Table:
    counts = facts.kept("answers", _answers)
    few = counts.mutate(
        place=ibis.row_number().over(
            ibis.window(group_by="channel", order_by="customer")
        )
    )
    sample = facts.ask(
        few.filter(few.place < SAMPLE).select("channel", "n_sent", "n_answered")
    )
    shop = {"": (0.0, 1.0)} | {
        name: _habit(sample, name)
        for name in sorted(set(sample["channel"].to_pylist()))
    }
    strength = counts.channel.cases(
        *((name, worth) for name, (_share, worth) in shop.items()), else_=1.0
    )
    share = counts.channel.cases(
        *((name, share) for name, (share, _worth) in shop.items()), else_=0.0
    )
    rate = (counts.n_answered + share * strength) / (counts.n_sent + strength)
    return counts.select("customer", "channel", rate=rate, evidence="n_sent")


def _answers(facts: Facts) -> ir.Table:
    """Messages sent and answered, by customer and channel."""
    messages = answered(facts)
    return messages.group_by("customer", "channel").aggregate(
        n_sent=messages.count(), n_answered=messages.is_answered.sum()
    )


def _habit(sample: pa.Table, channel: str) -> tuple[float, float]:
    """The share of messages that the channel's customers answer, and how many messages
    of one customer it is worth.
    """
    rows = sample.filter(pa.compute.equal(sample["channel"], channel))
    n_sent, n_answered = (
        rows[name].to_numpy().astype(float) for name in ("n_sent", "n_answered")
    )
    counts = np.column_stack([n_answered, n_sent - n_answered])  # (n_customers, 2)
    return float(n_answered.sum() / n_sent.sum()), concentration(counts)


class ChannelResponse(Trait):
    """One channel's share; a channel more is one more of these."""

    channel: ClassVar[str]
    window_days = WINDOW_DAYS
    unit = "%"

    def values(self, facts: Facts) -> ir.Table:
        rates = responses(facts)
        return rates.filter(rates.channel == self.channel).select(
            "customer", value="rate", evidence="evidence"
        )


class EmailResponse(ChannelResponse):
    key = "email_response"
    channel = "email"
    title = _("Answers e-mail")
    definition = _(
        "Share of e-mails that were opened, clicked or led to a redeemed coupon; the"
        " fewer were sent, the nearer to the share of all customers."
    )


class SmsResponse(ChannelResponse):
    key = "sms_response"
    channel = "sms"
    title = _("Answers text messages")
    definition = _(
        "Share of text messages that were clicked or led to a redeemed coupon; the"
        " fewer were sent, the nearer to the share of all customers."
    )


class PushResponse(ChannelResponse):
    key = "push_response"
    channel = "push"
    title = _("Answers push notifications")
    definition = _(
        "Share of push notifications that were opened, clicked or led to a redeemed"
        " coupon; the fewer were sent, the nearer to the share of all customers."
    )
