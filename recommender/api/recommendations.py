"""Ready lists, what lies near an item, what answers a query, what rises: each item with
its reason.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.requests import path_text
from profiles.models import Item
from recommender import serving, slates
from retention_site.lib import clock

router = Router(tags=["Recommendations"], auth=bearer(Scope.READ))
Many = Annotated[int, Query(ge=1, le=50, description="Items wanted.")]
MODE = (
    "What may stand in the list: anything, what they bought before, or what they never"
    " bought."
)
SHOWN = (
    "Whether the customer sees this answer: what is shown is kept, with the chance of"
    " each place to hold its item."
)
REQUEST = (
    "Your own id of this showing, kept once. Without one the same list counts once an"
    " hour of the shop's time."
)


class RecommendedOut(Schema):
    item_id: str
    title: str
    score: float = Field(description="Compares within its list only.")
    reason: str
    engine: str


class ListOut(Schema):
    items: list[RecommendedOut]


class CustomerListOut(ListOut):
    customer_id: str
    mode: str
    because_searched: str = Field(description="The newest search; empty without one.")
    after_search: list[RecommendedOut]


@router.get(
    "/customers/{customer_id}/recommendations",
    summary="What a customer is likely to want next, with the reasons",
    response=CustomerListOut,
)
def recommendations(
    request: HttpRequest,
    customer_id: str,
    k: Many = 10,
    mode: Annotated[
        Literal["all", "repeat", "discover"], Query(description=MODE)
    ] = "all",
    shown: Annotated[bool, Query(description=SHOWN)] = True,
    request_id: Annotated[str, Query(max_length=200, description=REQUEST)] = "",
) -> dict[str, Any]:
    person = find(path_text(customer_id))
    items = serving.shown_to(person.pk, mode, k)
    text, after = serving.because_you_searched(person.pk, k)
    if shown:
        slates.keep_asked(
            person.pk,
            {mode: items, "search": after},
            path_text(request_id),
            clock.now(),
        )
    told = _told([*items, *after])
    return {
        "customer_id": person.external_id,
        "mode": mode,
        "items": told[: len(items)],
        "because_searched": text,
        "after_search": told[len(items) :],
    }


@router.get(
    "/items/{item_id}/similar",
    summary="Items that mean the same as one",
    response=ListOut,
)
def similar(request: HttpRequest, item_id: str, k: Many = 10) -> dict[str, Any]:
    if not Item.objects.filter(external_id=path_text(item_id)).exists():
        raise Http404
    return {"items": _told(serving.similar_items(item_id, k))}


@router.get(
    "/search",
    summary="Items that answer a query, by meaning where the model reads it",
    response=ListOut,
)
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=300)],
    k: Many = 10,
) -> dict[str, Any]:
    found = serving.search(path_text(q), k)
    return {
        "items": _told(
            [
                serving.Recommended(item, score, "", found.engine)
                for item, score in found.items
            ]
        )
    }


@router.get(
    "/trending", summary="What sells better lately than it used to", response=ListOut
)
def trending(request: HttpRequest, k: Many = 10) -> dict[str, Any]:
    return {"items": _told(serving.trending(k))}


def _told(items: Sequence[serving.Recommended]) -> list[dict[str, Any]]:
    """Add the titles, looked up at once."""
    ids = {one.item_id for one in items}
    titles = dict(
        Item.objects.filter(external_id__in=ids).values_list("external_id", "title")
    )
    return [
        {
            "item_id": one.item_id,
            "title": titles.get(one.item_id, ""),
            "score": one.score,
            "reason": one.reason,
            "engine": one.engine,
        }
        for one in items
    ]
