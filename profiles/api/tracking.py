"""The Segment HTTP tracking API: its published libraries for servers, browsers and
phones work unchanged.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import Field

from profiles.api.keys import segment, source_of
from profiles.api.problems import Refusal, failure
from profiles.api.requests import json_object
from profiles.intake import tracking
from profiles.intake.quarantine.refused_rows import BadRow
from profiles.intake.tracking import Taken

MOST_MESSAGES = 5_000  # of one batch; Segment's own clients send 100
router = Router(tags=["Segment tracking"])
View = Callable[[HttpRequest], HttpResponse]


class Message(Schema):
    """One message of the Segment spec; what is not named here is kept too."""

    messageId: str | None = Field(  # noqa: N815
        None, description="Names the message: stored once, for ever."
    )
    userId: str | int | None = Field(  # noqa: N815
        None, description="The shop's own id of the customer."
    )
    anonymousId: str | int | None = None  # noqa: N815
    timestamp: str | None = Field(
        None, description="ISO 8601; without one it happened now."
    )
    sentAt: str | None = Field(  # noqa: N815
        None, description="The sender's present: puts a wrong clock right."
    )
    context: dict[str, Any] | None = None
    writeKey: str | None = Field(  # noqa: N815
        None, description="The write key, where no header carries it."
    )


class Described(Message):
    traits: dict[str, Any] | None = Field(
        None, description="What holds of the customer: email, phone, firstName …"
    )


class Tracked(Message):
    event: str = Field(
        description="Product Viewed, Order Completed … or any other word."
    )
    properties: dict[str, Any] | None = None


class Seen(Message):
    name: str | None = None
    properties: dict[str, Any] | None = None


class Grouped(Described):
    groupId: str | int  # noqa: N815


class Aliased(Message):
    previousId: str | int = Field(description="An anonymous id, or one of the shop's.")  # noqa: N815


class Batch(Schema):
    batch: list[dict[str, Any]] = Field(
        description=f"At most {MOST_MESSAGES} messages, each with its type."
    )
    sentAt: str | None = None  # noqa: N815
    writeKey: str | None = Field(  # noqa: N815
        None, description="The write key, where no header carries it."
    )
    context: dict[str, Any] | None = Field(
        None, description="Holds for messages without one of their own."
    )


class Failed(Schema):
    index: int
    messageId: str  # noqa: N815
    field: str
    reason: str


class Accepted(Schema):
    """What became of a call; it is on disk by now."""

    success: bool = True
    stored: int = Field(
        description=(
            "New events, and customers who were described or named for the first time."
        )
    )
    updated: int = Field(0, description="Customers of whom something new was said.")
    duplicates: int = Field(description="Messages that said what was stored before.")
    failed: list[Failed] = Field(
        description="Messages that were put aside, with the reason."
    )
    warnings: list[Failed] = Field(
        [], description="Fields that could not be read; the rest was taken in."
    )


def _call(path: str, body: type[Schema], words: str) -> Callable[[View], View]:
    """Declare one call; its body is read by us, since one bad message must not refuse
    the others.

    Browsers and phones use the short address, one letter, and say that the body is
    plain text.
    """
    kinds = ("application/json", "text/plain")
    extra = {
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": _schema(body)} for kind in kinds},
        }
    }

    def declare(view: View) -> View:
        for address in (path, path[:2]):
            name = f"tracking_{address[1:]}"
            declared = router.post(
                address,
                auth=segment(),
                summary=words,
                operation_id=name,
                openapi_extra=extra,
                response=Accepted,
            )
            declared(view)
        return view

    return declare


def _schema(body: type[Schema]) -> dict[str, Any]:
    return body.model_json_schema()


@_call("/identify", Described, "Say who a customer is")
def identify(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "identify")


@_call("/track", Tracked, "Say what a customer did")
def track(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "track")


@_call("/page", Seen, "Say which page a customer looked at")
def page(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "page")


@_call("/screen", Seen, "Say which screen of an app a customer looked at")
def screen(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "screen")


@_call("/group", Grouped, "Say which group a customer belongs to")
def group(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "group")


@_call("/alias", Aliased, "Say that two ids are one customer")
def alias(request: HttpRequest) -> HttpResponse:
    return _take_one(request, "alias")


@_call("/batch", Batch, "Send many messages at once")
def batch(request: HttpRequest) -> HttpResponse:
    body = _body(request)
    messages = body.get("batch")
    if not isinstance(messages, list):
        raise Refusal(422, "The body has no list called batch.", code="invalid")
    if len(messages) > MOST_MESSAGES:
        raise Refusal(413, f"A batch takes at most {MOST_MESSAGES} messages.")
    if context := body.get("context"):
        messages = [
            {"context": context} | one if isinstance(one, dict) else one
            for one in messages
        ]
    taken = tracking.take(
        messages, source=source_of(request), sent_at=body.get("sentAt")
    )
    if messages and len(taken.failed) == len(messages):
        raise _refusal("No message of the batch can be taken.", taken)
    return _accepted(taken)


def _take_one(request: HttpRequest, call: str) -> HttpResponse:
    message = _body(request)
    taken = tracking.take(
        [message | {"type": call}],
        source=source_of(request),
        sent_at=message.get("sentAt"),
    )
    if taken.failed:
        bad = taken.failed[0]
        raise _refusal(f"{bad.column}: {bad.reason}.", taken)
    return _accepted(taken)


def _body(request: HttpRequest) -> dict[str, Any]:
    """Return what the body says, without the key that opened the call."""
    return {
        name: value
        for name, value in json_object(request).items()
        if name != "writeKey"
    }


def _refusal(detail: str, taken: Taken) -> Refusal:
    return Refusal(
        422, detail, code="invalid", failed=[failure(bad) for bad in taken.failed]
    )


def _accepted(taken: Taken) -> HttpResponse:
    events, people = taken.events, taken.people
    return JsonResponse(
        {
            "success": True,
            "stored": events.stored + people.n_new,
            "updated": people.n_changed,
            "duplicates": events.duplicates + people.n_known,
            "failed": [_failed(bad) for bad in taken.failed],
            "warnings": [_failed(bad) for bad in taken.warnings],
        }
    )


def _failed(bad: BadRow) -> dict[str, Any]:
    return {
        "index": bad.line,
        "messageId": bad.place,
        "field": bad.column,
        "reason": bad.reason,
    }
