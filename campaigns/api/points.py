"""Points: what somebody has, and movements by tills, each once by its key."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from campaigns.content.points_terms import BadCampaign, document, read_terms
from campaigns.offers.points import ledger, programme, statements, tiers
from campaigns.offers.points.ledger import Award, PointsError, customers_of_person
from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.problems import Refusal
from profiles.api.requests import path_text
from profiles.models import Customer
from retention_site.lib.clock import now

router = Router(tags=["Points"])
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Points = Annotated[int, Field(ge=1, le=ledger.MOST_POINTS)]


class LotOut(Schema):
    points: int
    earned_at: datetime
    expires_at: datetime | None
    opens_at: datetime | None = Field(description="Pending until then.")


class LineOut(Schema):
    at: datetime
    kind: str
    points: int = Field(description="Below zero: they left.")
    key: str
    note: str


class PointsOut(Schema):
    balance: int = Field(description="What can be spent.")
    pending: int = Field(description="Earned, and not to be spent yet.")
    tier: str = Field(description="Empty: none.")
    lots: list[LotOut] = Field(description="The first to expire first.")
    statement: list[LineOut] = Field(description="Newest first.")


class MovementIn(Schema):
    customer_id: Words
    points: Points
    key: Words = Field(description="Sent again, it is done once.")
    note: str = Field("", max_length=500, pattern=r"^[^\x00]*$")


class AwardIn(MovementIn):
    expires_at: AwareDatetime | None = None


class TransferIn(Schema):
    customer_id: Words
    to_customer_id: Words
    points: Points
    key: Words = Field(description="Sent again, it is done once.")


class ProgrammeOut(Schema):
    programme: dict[str, Any] | None = Field(description="As the file says it.")
    changed: bool = False


class MovementOut(Schema):
    points: int
    balance: int


@router.get(
    "/customers/{customer_id}/points",
    auth=bearer(Scope.READ),
    summary="What points a customer has, and how they came and went",
    response=PointsOut,
)
def points(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    customer, at = find(path_text(customer_id)), now()
    people = customers_of_person(customer)
    lots = statements.open_lots(people, at)
    return {
        "balance": statements.available(lots),
        "pending": statements.pending(lots),
        "tier": tiers.tier_of(customer, at),
        "lots": [vars(lot) for lot in lots],
        "statement": statements.statement(people, at),
    }


@router.post(
    "/points/award",
    auth=bearer(Scope.TILL),
    summary="Give a customer points",
    response=MovementOut,
)
def award(request: HttpRequest, body: AwardIn) -> dict[str, Any]:
    customer = find(body.customer_id)
    given = Award(customer, body.points, body.key, body.expires_at, body.note)
    with _refusing():
        ledger.award(given, at=now())
    return _moved(customer, body.points)


@router.post(
    "/points/burn",
    auth=bearer(Scope.TILL),
    summary="Spend a customer's points, those that expire first",
    response=MovementOut,
)
def burn(request: HttpRequest, body: MovementIn) -> dict[str, Any]:
    customer = find(body.customer_id)
    with _refusing():
        ledger.burn(customer, body.points, key=body.key, at=now(), note=body.note)
    return _moved(customer, body.points)


@router.post(
    "/points/transfer",
    auth=bearer(Scope.TILL),
    summary="Give a customer's points to another",
    response=MovementOut,
)
def transfer(request: HttpRequest, body: TransferIn) -> dict[str, Any]:
    customer, to = find(body.customer_id), find(body.to_customer_id)
    with _refusing():
        ledger.transfer(customer, to, body.points, key=body.key, at=now())
    return _moved(customer, body.points)


@router.get(
    "/points/programme",
    auth=bearer(Scope.READ),
    summary="The rules by which points are earned",
    response=ProgrammeOut,
)
def programme_now(request: HttpRequest) -> dict[str, Any]:
    terms = programme.current()
    return {"programme": document(terms) if terms else None, "changed": False}


@router.put(
    "/points/programme",
    auth=bearer(Scope.TILL),
    summary="Change the rules by which points are earned, from now on",
    response=ProgrammeOut,
)
def change_programme(request: HttpRequest, body: dict[str, Any]) -> dict[str, Any]:
    try:
        terms = read_terms(body)
    except BadCampaign as error:
        raise Refusal(422, str(error), code="points_programme") from None
    is_new = programme.save(terms, at=now())
    return {"programme": document(terms), "changed": is_new}


def _moved(customer: Customer, n: int) -> dict[str, Any]:
    return {"points": n, "balance": statements.balance(customer, now())}


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except PointsError as error:
        raise Refusal(409, str(error), code=f"points_{error.code}") from None
