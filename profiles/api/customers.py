"""What we know of a customer, and what customers agreed to."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from profiles.api.keys import Scope, bearer
from profiles.api.requests import path_text
from profiles.consents import consent_ledger
from profiles.intake.attribute_names import COLUMNS
from profiles.models import Customer

router = Router(tags=["Customers"])


class TraitOut(Schema):
    value: Any
    evidence: int | None = None


class PortraitOut(Schema):
    as_of: datetime
    traits: dict[str, TraitOut]


class ScoreOut(Schema):
    kind: str
    horizon_days: int
    value: float
    reasons: list[Any]
    model: str
    as_of: datetime


class ConsentOut(Schema):
    channel: str
    topic: str = Field(description="Empty: every topic.")
    status: str


class CustomerOut(Schema):
    """Who a customer is, what the facts say, what models expect."""

    customer_id: str = Field(
        description="Of whoever stands for the person, where customers were joined."
    )
    also_known_as: list[str]
    email: str
    phone: str
    first_name: str
    last_name: str
    gender: str
    birth_date: date | None
    age: str
    region: str
    country: str
    language: str
    time_zone: str
    signed_up_at: datetime | None
    traits: dict[str, Any]
    contacts_are_simulated: bool
    portrait: PortraitOut | None
    scores: list[ScoreOut]
    consents: list[ConsentOut]
    segments: list[str]


OWN = (*COLUMNS, "traits", "contacts_are_simulated")


@router.get(
    "/customers/{customer_id}",
    auth=bearer(Scope.READ),
    summary="Who a customer is",
    response=CustomerOut,
)
def customer(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    person = find(path_text(customer_id))
    portrait = getattr(person, "portrait", None)
    return {
        **{name: getattr(person, name) for name in OWN},
        "customer_id": person.external_id,
        "also_known_as": list(
            person.merged.order_by("pk").values_list("external_id", flat=True)
        ),
        "portrait": (
            {"as_of": portrait.as_of, "traits": portrait.traits} if portrait else None
        ),
        "scores": list(
            person.scores.order_by("kind", "horizon_days").values(
                *ScoreOut.model_fields
            )
        ),
        "consents": [
            {"channel": channel, "topic": topic, "status": status}
            for (channel, topic), status in sorted(
                consent_ledger.states([person.pk]).get(person.pk, {}).items()
            )
        ],
        "segments": list(
            person.memberships.filter(left_at=None)
            .order_by("segment__name")
            .values_list("segment__name", flat=True)
        ),
    }


def find(customer_id: str) -> Customer:
    """Return who stands for the customer with one of the shop's ids; raise `Http404`
    for unknown and erased ones.
    """
    known = Customer.objects.filter(
        Q(external_id=customer_id) | Q(merged__external_id=customer_id)
    )
    person = (
        known.filter(merged_into=None, erased_at=None)
        .select_related("portrait")
        .distinct()
        .first()
    )
    if person is None:
        raise Http404
    return person
