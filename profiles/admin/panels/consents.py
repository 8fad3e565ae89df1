"""What the customer agreed to by channel and topic, how it came to that, and where
messages can go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

from profiles.consents.consent_state import ConsentStatement, state_of
from profiles.consents.merged_consents import JOINED
from profiles.models import Consent, Customer
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now


@dataclass(frozen=True)
class ConsentHistory:
    """One channel and topic: what holds, and every statement that led there, the newest
    first.
    """

    channel: str
    topic: str
    status: str
    label: str
    newest: Consent
    ledger: list[Consent] = field(default_factory=list)


def panel(customer: Customer) -> Panel:
    family = Customer.objects.of_persons([customer.pk])
    said = list(
        Consent.objects.filter(customer__in=family).order_by(
            "channel", "topic", "-at", "-id"
        )
    )
    return Panel(
        "admin/panels/customer/consents.html",
        Column.SIDE,
        {
            "standings": standings(said),
            "devices": [one for one in customer.devices.all() if one.is_active],
        },
    )


def standings(said: list[Consent]) -> list[ConsentHistory]:
    """Say what holds on every channel and topic that was spoken of; ``said`` is ordered
    by them.
    """
    moment = now()
    statements = [
        ConsentStatement(one.channel, one.topic, one.status, one.at) for one in said
    ]
    return [
        _standing(list(ledger), state_of(statements, channel, topic, moment) or "")
        for (channel, topic), ledger in groupby(
            said, key=lambda one: (one.channel, one.topic)
        )
    ]


def source_words(consent: Consent) -> str:
    """Say where a statement came from."""
    return (
        _("decided as customers were joined")
        if consent.source.startswith(JOINED)
        else consent.source
    )


def _standing(ledger: list[Consent], status: str) -> ConsentHistory:
    label = str(Consent.Status(status).label) if status else _("not yet")
    for one in ledger:
        one.source = source_words(one)
    newest = ledger[0]
    return ConsentHistory(newest.channel, newest.topic, status, label, newest, ledger)
