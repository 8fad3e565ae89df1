"""What helps while one writes a rule: the values that the shop holds, a sentence read as conditions."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from profiles.segments.builder import phrases
from profiles.segments.builder.choices import choices, meant
from retention_site.lib import registry
from retention_site.lib.admin.words import count

from .desk import desk


@require_POST
def say(request: HttpRequest, which: str) -> HttpResponse:
    """Turn a sentence into conditions, and name the parts that could not be read."""
    desk(request, which, to_write=True)
    said = phrases.read(request.POST.get("words", ""), meant)
    return JsonResponse({"rule": said.rule, "unread": list(said.unread)})


def choose(request: HttpRequest, source: str) -> HttpResponse:
    """What the shop's data hold for a field, as one types."""
    try:
        found = choices(
            source, request.GET.get("q", "")[:100], request.GET.get("of", "")[:200]
        )
    except registry.UnknownPlugin as error:
        raise Http404 from error
    return JsonResponse(
        {
            "choices": [
                {
                    "value": one.value,
                    "label": one.label,
                    "n": "" if one.n is None else count(one.n),
                }
                for one in found
            ]
        }
    )
