"""Alerts: an alarm is written down once, as long as it lasts, and operators are told by
our own e-mail channel.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.delivery.alerting.alarms import Alarm, alarms
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import Outgoing, ProviderAway
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.lease_times import timing
from campaigns.delivery.outcome import Answer
from campaigns.models import Alert
from retention_site.lib.clock import real_now
from retention_site.lib.security import signing

log = structlog.get_logger(__name__)
LOCK = 7_316_202_613
ALIVE = """
    INSERT INTO campaigns_signoflife (name, at) VALUES (%s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""


def is_alive(name: str) -> None:
    """Note that a sweep came to its end."""
    with connection.cursor() as cursor:
        cursor.execute(ALIVE, [name])


def raise_alerts() -> list[Alert]:
    """Write down what is wrong and what is over, and tell operators of what is new. One
    process at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        try:
            settle(alarms())
            return _tell()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def settle(found: list[Alarm]) -> None:
    """Bring the open alerts in line with what is wrong now."""
    moment = real_now()
    open_ = {
        (alert.kind, alert.subject): alert
        for alert in Alert.objects.filter(ended_at=None)
    }
    for alarm in found:
        alert = open_.pop((alarm.kind, alarm.subject), None) or Alert(
            kind=alarm.kind, subject=alarm.subject
        )
        alert.words, alert.value, alert.seen_at = alarm.words, alarm.value, moment
        alert.began_at = alert.began_at if alert.pk else moment
        alert.save()
    Alert.objects.filter(pk__in=[alert.pk for alert in open_.values()]).update(
        ended_at=moment
    )


def _tell() -> list[Alert]:
    """Mail the alerts that nobody was told of; a provider that is away leaves them for
    the next time.
    """
    untold = list(
        Alert.objects.filter(Q(told_at=None), ended_at=None).order_by("began_at")
    )
    if not untold or not settings.OPERATOR_EMAILS:
        return []
    channel: Channel = channel_named("email")()
    try:
        with channel.open(timing().answer) as line:
            letters = [_letter(untold, address) for address in settings.OPERATOR_EMAILS]
            taken = [
                said.answer == Answer.ACCEPTED
                for said in line.send(letters, lambda: True)
            ]
    except (ProviderAway, ImproperlyConfigured) as error:
        log.error(
            "operators could not be told",
            error=str(error),
            alerts=[alert.words for alert in untold],
        )
        return []
    if not any(taken):
        return []
    Alert.objects.filter(pk__in=[alert.pk for alert in untold]).update(
        told_at=real_now()
    )
    return untold


def _letter(untold: list[Alert], address: str) -> Outgoing:
    lines = [f"- {alert.words}" for alert in untold]
    text = "\n".join([*lines, "", f"{settings.BASE_URL}{reverse('alerts')}"])
    subject = (
        untold[0].words
        if len(untold) == 1
        else _("%(n)d things are wrong") % {"n": len(untold)}
    )
    return Outgoing(
        message=0,
        key=signing.digest("alert", f"{address} {[alert.pk for alert in untold]}")[:32],
        address=address,
        is_marketing=False,
        subject=f"[Rapport] {subject}"[:200],
        text=text,
    )
