"""What profiles announces: triggers notice it at once. A lost announcement only costs
time, since sweeps look again.
"""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_noop

from campaigns.models import SendingPause
from profiles.signals import (
    consent_pending,
    events_recorded,
    segment_changed,
    shop_restored,
)
from retention_site.lib.wake import wake

START = "campaigns.tasks.start_occasions"
MOVE, WOKEN = "campaigns.tasks.move_journeys", 0
LOOK = "campaigns.tasks.look_for_occasions"
RETURNS = "campaigns.tasks.give_coupons_back"
RESTORED = gettext_noop(
    "This shop was restored from a backup: what left since then would leave again."
)


@receiver(events_recorded, dispatch_uid="triggers notice events")
def notice_events(events: Sequence[Any], **_said: object) -> None:
    """Write down what triggers wait for; what is due at once is started at once."""
    # most processes never hear of an event
    from campaigns.journeys import event_waits
    from campaigns.triggers.event_triggers import announced

    if announced(events).n_due:
        wake(START)
    if event_waits.announced(events):
        wake(MOVE, WOKEN)
    if any(each.event.type == "return" for each in events):
        wake(RETURNS)


@receiver(segment_changed, dispatch_uid="triggers notice segments")
def notice_segment(**_said: object) -> None:
    """Let a worker look who entered and who left."""
    wake(LOOK)


@receiver(consent_pending, dispatch_uid="triggers notice consents to be confirmed")
def notice_pending_consent(**_said: object) -> None:
    """Let a worker send the links by which they are confirmed."""
    wake(LOOK)


@receiver(shop_restored, dispatch_uid="nothing is sent twice after a restore")
def hold_all_sending(**_said: object) -> None:
    """Hold all sending until a person lets it go on: what left after the backup was
    made would leave again.
    """
    SendingPause.objects.get_or_create(id=1, defaults={"reason": RESTORED})
