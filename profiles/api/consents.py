"""Statements of consent by API."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from profiles.api.keys import Scope, bearer, source_of
from profiles.api.problems import Refusal
from profiles.consents import consent_ledger, opt_in
from profiles.consents.consent_ledger import Statement
from profiles.identity import stub_customers
from profiles.intake import values
from profiles.intake.values import MOST_ID_CHARACTERS, Refused
from profiles.models import Consent
from retention_site.lib.clock import now

router = Router(tags=["Customers"])

CONFIRM_URL = (
    "For a pending one: where the customer confirms it. Send it yourself, unless the"
    " recipe that does is in use."
)


class ConsentIn(Schema):
    """One statement of a customer about one channel."""

    customer_id: str = Field(min_length=1, max_length=MOST_ID_CHARACTERS)
    channel: str = Field(min_length=1, max_length=100, description="email, sms, push …")
    status: Literal["granted", "pending", "withdrawn"]
    topic: str = Field("", max_length=100, description="Empty: every topic.")
    at: AwareDatetime | None = Field(
        None, description="When it was stated; now if not said."
    )
    source: str = Field(
        "", max_length=500, description="Where it was stated, such as the checkout."
    )
    wording: str = Field(
        "", max_length=500, description="Version of the text that was agreed to."
    )
    ip: str = Field("", max_length=100, description="Kept truncated to its network.")


class ConsentStored(Schema):
    is_new: bool
    at: datetime
    confirm_url: str | None = Field(None, description=CONFIRM_URL)


@router.post(
    "/consents",
    auth=bearer(Scope.WRITE),
    summary="Say what a customer agreed to",
    response=ConsentStored,
)
def state(request: HttpRequest, said: ConsentIn) -> dict[str, object]:
    try:
        statement = _statement(said, source_of(request))
    except Refused as refused:
        failed = [
            {"index": None, "id": "", "field": refused.column, "reason": refused.reason}
        ]
        raise Refusal(
            422, f"{refused.column}: {refused.reason}.", code="invalid", failed=failed
        ) from None
    is_new = consent_ledger.record([statement]) > 0
    return {
        "is_new": is_new,
        "at": statement.at,
        "confirm_url": _confirm_url(statement),
    }


def _confirm_url(said: Statement) -> str | None:
    if said.status != Consent.Status.PENDING:
        return None
    same = {
        "customer": said.customer,
        "channel": said.channel,
        "topic": said.topic,
        "at": said.at,
    }
    return opt_in.link(Consent.objects.get(status=said.status, **same))


def _statement(said: ConsentIn, source: str) -> Statement:
    moment = now()
    at = said.at or moment
    values.check_moment(at, "at", now=moment)
    customer_id = values.customer_id(said.customer_id)
    channel = values.channel(said.channel, "channel")
    if channel is None:
        raise Refused("channel", values.MISSING)
    found = stub_customers.customers([customer_id])[customer_id]
    if found.is_erased:
        raise Refusal(404, "There is no such customer.")
    return Statement(
        customer=found.pk,
        channel=channel,
        status=said.status,
        at=at,
        topic=values.word(said.topic, "topic") or "",
        source=values.text(said.source, "source") or source,
        wording=values.text(said.wording, "wording") or "",
        ip=values.network(said.ip),
    )
