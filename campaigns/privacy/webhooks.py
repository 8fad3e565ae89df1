"""Webhooks as they came: the row stays, so that a repeat is known; what it said goes."""

from typing import ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Hook, InboundWebhook, Message
from profiles.privacy import tables
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import CUSTOMER_ID, Person
from profiles.privacy.person_search import Sought

State = InboundWebhook.State
ERASED = "the customer was erased"


class Webhooks(Store):
    label = _("Webhook calls")
    fate = _(
        "What calls about the person said is deleted; those that wait are refused."
    )
    stays = _("The calls' own ids, so that a repeated call is known and does nothing.")
    tables: ClassVar = (InboundWebhook,)

    def erase(self, person: Person) -> Counts:
        found = InboundWebhook.objects.filter(pk__in=_calls(person))
        found.filter(state=State.RECEIVED).update(state=State.REFUSED)
        return {"call": found.exclude(payload={}).update(payload={}, detail=ERASED)}

    def export(self, person: Person) -> Shown:
        found = InboundWebhook.objects.filter(pk__in=_calls(person)).order_by("pk")
        return list(
            found.values("source", "event_id", "payload", "state", "received_at")
        )


def _calls(person: Person) -> set[int]:
    """Return the calls that speak of the person, name them where their hook says, or
    started a message to them.
    """
    filled = InboundWebhook.objects.exclude(payload={})
    found = set(tables.speaking(filled, "payload", Sought(person)))
    messages = Message.objects.filter(customer__in=person.customers).values_list(
        "pk", flat=True
    )
    named = Q(detail__in=[f"message {pk}" for pk in messages])
    for field in Hook.objects.values_list("customer_field", flat=True).distinct():
        path = "__".join(("payload", *field.split(".")))
        ids = person.of_kind(CUSTOMER_ID)
        named |= Q(
            **{
                f"{path}__in": [
                    *ids,
                    *(int(one) for one in ids if one.isdecimal() and len(one) < 19),
                ]
            }
        )
    return found | set(filled.filter(named).values_list("pk", flat=True))
