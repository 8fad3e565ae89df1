"""The catalogue: what the shop sells."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import Field

from profiles.api.keys import Scope, bearer, source_of
from profiles.api.problems import Refusal
from profiles.api.requests import json_body, json_object, path_text
from profiles.intake.catalogue import Stocked, remove, stock
from profiles.intake.quarantine.refused_rows import BadRow

MOST_ITEMS = 5_000  # of one call
router = Router(tags=["Catalogue"], auth=bearer(Scope.WRITE))


class ItemFacts(Schema):
    """What is named changes, what is not stays; other fields become attributes of the
    item.
    """

    title: str | None = None
    description: str | None = None
    brand: str | None = None
    category: str | None = Field(None, description="Levels joined by >.")
    price: float | str | None = None
    currency: str | None = Field(None, description="ISO 4217.")
    available: bool | None = None
    never_recommend: bool | None = Field(
        None, description="True: in no list, search or message."
    )
    image_url: str | None = None
    url: str | None = None
    seller_id: str | None = None


class NamedItem(ItemFacts):
    item_id: str


class FailedItem(Schema):
    index: int
    item_id: str
    field: str
    reason: str


class Stored(Schema):
    """What became of the items; it is on disk by now."""

    stored: int
    updated: int
    unchanged: int
    failed: list[FailedItem]


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    }


@router.post(
    "/items/batch",
    summary="Make or change many items",
    openapi_extra=_body(
        {
            "type": "array",
            "maxItems": MOST_ITEMS,
            "items": NamedItem.model_json_schema(),
        }
    ),
    response=Stored,
)
def put_items(request: HttpRequest) -> HttpResponse:
    body = json_body(request)
    items = body.get("items") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise Refusal(422, "The body is no list of items.", code="invalid")
    if len(items) > MOST_ITEMS:
        raise Refusal(413, f"A call takes at most {MOST_ITEMS} items.")
    return _answer(request, items)


@router.put(
    "/items/{item_id}",
    summary="Make or change an item",
    openapi_extra=_body(ItemFacts.model_json_schema()),
    response=Stored,
)
def put_item(request: HttpRequest, item_id: str) -> HttpResponse:
    return _answer(request, [json_object(request) | {"item_id": path_text(item_id)}])


@router.delete(
    "/items/{item_id}",
    summary="Take an item off sale: gone from lists and searches, its events stay",
    response={204: None},
)
def delete_item(request: HttpRequest, item_id: str) -> HttpResponse:
    if not remove(path_text(item_id)):
        raise Refusal(404, "There is no such item.")
    return HttpResponse(status=204)


def _answer(request: HttpRequest, items: list[Any]) -> HttpResponse:
    done = stock(items, source=source_of(request))
    if items and len(done.failed) == len(items):
        failed = [
            {
                "index": bad.line,
                "id": bad.place,
                "field": bad.column,
                "reason": bad.reason,
            }
            for bad in done.failed
        ]
        first = done.failed[0]
        raise Refusal(
            422, f"{first.column}: {first.reason}.", code="invalid", failed=failed
        )
    return JsonResponse(_as_json(done))


def _as_json(done: Stocked) -> dict[str, Any]:
    failed = [_failed(bad) for bad in done.failed]
    return {
        "stored": done.stored,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "failed": failed,
    }


def _failed(bad: BadRow) -> dict[str, Any]:
    return {
        "index": bad.line,
        "item_id": bad.place,
        "field": bad.column,
        "reason": bad.reason,
    }
