"""Where a person was in journeys. The way that was gone stays, emptied: who was held or
written to must still add up.
"""

from typing import ClassVar

from django.db.models import F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from campaigns.journeys import exits
from campaigns.models import (
    JourneyEnrolment,
    JourneyStep,
    JourneyToken,
    JourneyWait,
)
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person


class Journeys(Store):
    label = _("Journeys")
    fate = _("Nobody goes on; what brought the person in, carts and orders, goes.")
    stays = _("The bare steps: the effect of a journey counts everybody who entered.")
    tables: ClassVar = (JourneyEnrolment, JourneyToken, JourneyWait)

    def close(self, person: Person) -> None:
        inside = JourneyEnrolment.objects.filter(
            customer__in=person.customers, ended_at=None
        )
        exits.out(list(inside.values_list("pk", flat=True)), exits.ERASED)

    def erase(self, person: Person) -> Counts:
        self.close(person)
        emptied = Concat(Value("erased:"), Cast(F("pk"), TextField()))
        n = (
            JourneyEnrolment.objects.filter(customer__in=person.customers)
            .exclude(occurrence__startswith="erased:")
            .update(data={}, key="", occurrence=emptied)
        )
        return {"enrolment": n}

    def export(self, person: Person) -> Shown:
        found = JourneyEnrolment.objects.filter(customer__in=person.customers)
        return [
            {
                "journey": one.journey.name,
                "object": one.key,
                "data": one.data,
                "entered_at": one.entered_at,
                "ended_at": one.ended_at,
                "reason": one.reason,
                "steps": list(
                    JourneyStep.objects.filter(enrolment=one)
                    .order_by("visit")
                    .values("place", "outcome", "at")
                ),
            }
            for one in found.select_related("journey").order_by("pk")
        ]
