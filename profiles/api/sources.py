"""Webhooks of shop systems and others: signed by the sender, no API key."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import Field

from profiles.api.problems import Failure, Refusal, failure
from profiles.api.requests import raw_body
from profiles.intake.sources import source_webhooks
from profiles.models import InboundSource
from profiles.privacy import asked
from profiles.privacy.asked import PersonRequest
from retention_site.lib.bodies import unpacked

router = Router(tags=["Sources"])


class Heard(Schema):
    """What became of a webhook; it is on disk by now. What can't be taken in is put
    aside: sending again is no use.
    """

    stored: int
    duplicates: int
    items: int
    ignored: str
    asked: int
    failed: list[Failure]
    warnings: list[Failure] = Field(
        [], description="Fields that could not be read; the rest was taken in."
    )


@router.post(
    "/sources/{slug}",
    auth=None,
    summary="Hear what a shop system says",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
    response=Heard,
)
def hear(request: HttpRequest, slug: str) -> HttpResponse:
    source = InboundSource.objects.filter(
        slug=slug.replace("\0", ""), is_active=True
    ).first()
    if source is None:
        raise Http404
    raw = unpacked(raw_body(request), request.headers.get("Content-Encoding", ""))
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        heard = source_webhooks.hear(source, raw, headers)
    except source_webhooks.NotSigned as error:
        raise Refusal(401, str(error), code="not_signed") from None
    for one in heard.asked:
        asked.take(PersonRequest(**one), source=source.slug)
    failed = [failure(bad) for bad in heard.failed]
    return JsonResponse(
        {
            "stored": heard.stored,
            "duplicates": heard.duplicates,
            "items": heard.items,
            "ignored": heard.ignored,
            "asked": len(heard.asked),
            "failed": failed,
            "warnings": [failure(bad) for bad in heard.warnings],
        }
    )
