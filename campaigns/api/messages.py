"""Send one message to one customer, and say what was sent and why, or why not."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AliasChoices, Field

from campaigns.models import Campaign, Message
from campaigns.planning.launch import CannotLaunch
from campaigns.triggers.api_call import Called, call
from campaigns.triggers.triggered_launch import LANE
from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.problems import Refusal
from profiles.api.requests import path_text
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

router = Router(tags=["Messages"])
SEND = "campaigns.tasks.send_due"
MOST = 100  # of one answer
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class MessageIn(Schema):
    template: Words = Field(
        description="The name of a campaign that is started by a trigger."
    )
    customer_id: Words = Field(validation_alias=AliasChoices("customer_id", "customer"))
    data: dict[str, Any] = Field(
        default_factory=dict, description="What the template finds as `data`."
    )
    key: Words | None = Field(
        None,
        description="The same key sends once; used for another customer it is refused.",
    )


class MessageOut(Schema):
    message: int | None = Field(description="Null while the campaign's delay lasts.")
    campaign: str
    state: str
    reason: str = Field(description="Why held, or why it ended as it did.")
    channel: str
    planned_at: datetime = Field(description="While it waits: when it is due.")
    sent_at: datetime | None


class DecisionOut(Schema):
    """Whether a customer was written to, and why: a coupon's code stays out of it."""

    campaign: str
    run: int | None
    decided_at: datetime
    decision: str = Field(description="send or hold")
    reason: str
    why: str
    arm: str
    propensity: float | None
    channel: str
    state: str


@router.post(
    "/messages",
    auth=bearer(Scope.SEND),
    summary="Send one message",
    response={202: MessageOut},
)
def send(request: HttpRequest, body: MessageIn) -> Status:
    campaign = Campaign.objects.started_by_name(body.template)
    if campaign is None:
        raise Refusal(
            404,
            f"There is no campaign named {body.template!r}.",
            code="unknown_template",
        )
    customer = find(body.customer_id)
    try:
        called = call(
            campaign,
            customer,
            key=f"api:{body.key or uuid.uuid4()}",
            data=body.data,
            trigger="api",
        )
    except CannotLaunch as error:
        raise Refusal(409, str(error), code="not_sendable") from None
    if called.message is None:
        _is_theirs(called.occasion.customer if called.occasion else customer, customer)
        return Status(202, _waits(campaign, called))
    message = Message.objects.select_related("campaign", "customer").get(
        pk=called.message
    )
    _is_theirs(message.customer, customer)
    wake(SEND, LANE)
    return Status(202, _said(message))


@router.get(
    "/customers/{customer_id}/messages",
    auth=bearer(Scope.READ),
    summary="What was sent to a customer, newest first",
    response=list[MessageOut],
)
def messages(request: HttpRequest, customer_id: str) -> list[dict[str, Any]]:
    return [
        _said(one)
        for one in _of(find(path_text(customer_id))).exclude(state=Message.State.HELD)[
            :MOST
        ]
    ]


@router.get(
    "/customers/{customer_id}/decisions",
    auth=bearer(Scope.READ),
    summary="Why a customer was written to, and why not, newest first",
    response=list[DecisionOut],
)
def decisions(request: HttpRequest, customer_id: str) -> list[dict[str, Any]]:
    return [
        {
            "campaign": one.campaign.name,
            "run": one.run_id,
            "decided_at": one.planned_at,
            "decision": "hold" if one.state == Message.State.HELD else "send",
            "reason": one.reason,
            "why": one.why,
            "arm": one.arm,
            "propensity": one.propensity,
            "channel": one.channel,
            "state": one.state,
        }
        for one in _of(find(path_text(customer_id)))[:MOST]
    ]


def _is_theirs(first: Customer, asked: Customer) -> None:
    """Refuse a key that stands for another customer's message: nothing was sent to the
    one who is asked for.
    """
    if (first.merged_into_id or first.pk) != asked.pk:
        raise Refusal(409, "This key was used for another customer.", code="key_reused")


def _of(person: Customer) -> Any:
    people = [person.pk, *person.merged.values_list("pk", flat=True)]
    return (
        Message.objects.filter(customer__in=people)
        .select_related("campaign")
        .order_by("-planned_at", "-pk")
    )


def _said(message: Message) -> dict[str, Any]:
    return {
        "message": message.pk,
        "campaign": message.campaign.name,
        "state": message.state,
        "reason": message.reason,
        "channel": message.channel,
        "planned_at": message.planned_at,
        "sent_at": message.sent_at,
    }


def _waits(campaign: Campaign, called: Called) -> dict[str, Any]:
    """Say what became of a call that sent nothing yet."""
    occasion = called.occasion
    return {
        "message": None,
        "campaign": campaign.name,
        "state": occasion.state if occasion else "",
        "reason": called.words,
        "channel": "",
        "planned_at": occasion.due_at if occasion else now(),
        "sent_at": None,
    }
