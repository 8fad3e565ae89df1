"""What the customer agreed to by channel and topic, how it came to that, and where
messages can go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _

from profiles.consents.consent_ledger import newest
from profiles.consents.merged_consents import JOINED
from profiles.models import Consent, Customer
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now


@dataclass(frozen=True)
class Standing:
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
    family = Q(customer=customer) | Q(customer__merged_into=customer)
    said = list(
        Consent.objects.filter(family).order_by("channel", "topic", "-at", "-id")
    )
    return Panel(
        "admin/panels/consents.html",
        Column.SIDE,
        {
            "standings": standings(said),
            "devices": customer.devices.filter(is_active=True),
        },
    )


def standings(said: list[Consent]) -> list[Standing]:
    """Say what holds on every channel and topic that was spoken of; ``said`` is ordered
    by them.
    """
    grouped = groupby(said, key=lambda one: (one.channel, one.topic))
    return [
        _standing(channel, topic, list(ledger), said)
        for (channel, topic), ledger in grouped
    ]


def source_words(consent: Consent) -> str:
    """Say where a statement came from."""
    return (
        _("decided as customers were joined")
        if consent.source.startswith(JOINED)
        else consent.source
    )


def _standing(
    channel: str, topic: str, ledger: list[Consent], said: list[Consent]
) -> Standing:
    """What was said on all topics counts for each of them; a statement of the future
    counts once it is due.
    """
    moment = now()
    counts = [
        ((channel, topic), one.status, one.at)
        for one in said
        if one.channel == channel
        and one.topic in ("", topic)
        and (one.at <= moment or one.status == WITHDRAWN)
    ]
    status = newest(counts).get((channel, topic), "")
    label = str(Consent.Status(status).label) if status else _("not yet")
    for one in ledger:
        one.source = source_words(one)
    return Standing(channel, topic, status, label, ledger[0], ledger)


WITHDRAWN = Consent.Status.WITHDRAWN
