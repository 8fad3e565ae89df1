"""People whom a journey could not move on: tried again at once."""

from __future__ import annotations

from campaigns.journeys.tokens import DUE
from campaigns.models import JourneyEnrolment, JourneyToken
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

MOVE = "campaigns.tasks.move_journeys"


def try_again(enrolment: JourneyEnrolment) -> int:
    """Let somebody who could not go on be tried now; return how many there were."""
    failed = JourneyToken.objects.filter(enrolment=enrolment).exclude(error="")
    n = failed.update(wake_at=now(), error="")
    wake(MOVE, DUE)
    return n
