"""The copy box of the message editor: a goal, a tone and a language, and lines to pick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.copy.approval.voice import of_the_shop
from campaigns.copy.bank.openings import GOALS, TONES, Opening, verdict
from campaigns.copy.bank.shop_lines import offered
from campaigns.copy.bank.variants import runs, variants
from campaigns.copy.fact_check.facts import LANGUAGES
from campaigns.copy.generation import endpoint
from campaigns.copy.generation.prompt import Brief
from campaigns.models import Brand, CopyLine

MOST_CHARACTERS = 20_000  # of the text beside it


def goals() -> list[tuple[str, Any]]:
    """Return what a message may be for, as a choice."""
    return list(CopyLine.Goal.choices)


def tones() -> list[tuple[str, Any]]:
    """Return how it may sound, as a choice."""
    return list(CopyLine.Tone.choices)


@require_POST
def openings(request: HttpRequest) -> HttpResponse:
    """Answer with a few openings for a brief, and where each comes from; none for one
    that nobody offers.
    """
    language, goal, tone = (
        request.POST.get(key, "") for key in ("language", "goal", "tone")
    )
    beside = request.POST.get("beside", "")[:MOST_CHARACTERS]
    if language not in LANGUAGES or goal not in GOALS or tone not in TONES:
        return JsonResponse({"variants": [], "sources": [], "said": ""})
    said, written = "", list[Opening]()
    if request.POST.get("source") == "model" and endpoint.is_set():
        brief = Brief(language, goal, tone, request.POST.get("about", ""))
        said, written = _by_model(brief)
    banned = of_the_shop().banned
    found = [
        *variants(written, beside, banned=banned),
        *variants(offered(language, goal, tone), beside, banned=banned),
    ]
    return JsonResponse(
        {
            "variants": [runs(one) for one in found],
            "sources": [_source(one) for one in found],
            "said": said,
        }
    )


def _by_model(brief: Brief) -> tuple[str, list[Opening]]:
    """Return what came of asking the model in a sentence, and its lines that pass."""
    kept = Brand.objects.filter(pk=1).values_list("voice", flat=True).first()
    try:
        lines = endpoint.write(replace(brief, voice=kept or ""))
    except endpoint.GeneratorAway as error:
        return str(error), []
    banned = of_the_shop().banned
    passing = [one for one in lines if verdict(one.text, one.language, banned).is_ok]
    told = _("%(model)s wrote %(n)d lines; %(kept)d say no fact of their own.")
    words = {"model": endpoint.name(), "n": len(lines), "kept": len(passing)}
    return told % words, passing


def _source(line: Opening) -> str:
    return {"bank": _("bank"), "shop": _("yours")}.get(line.source, line.source)
