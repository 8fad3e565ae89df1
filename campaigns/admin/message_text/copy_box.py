"""The copy box of the message editor: a goal, a tone and a language, and lines to pick."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.copy.bank.openings import fitting, ours
from campaigns.copy.bank.variants import runs, variants

MOST_CHARACTERS = 20_000  # of the text beside it


def goals() -> list[tuple[str, str]]:
    """Return what a message may be for, as a choice."""
    return [
        ("welcome", _("Welcome")),
        ("second_purchase", _("Second purchase")),
        ("win_back", _("Win back")),
        ("cart", _("Cart left behind")),
        ("birthday", _("Birthday")),
        ("price_drop", _("Price drop")),
        ("back_in_stock", _("Back in stock")),
        ("thanks", _("Thanks")),
        ("review_asked", _("Asking for a review")),
        ("news", _("News")),
    ]


def tones() -> list[tuple[str, str]]:
    """Return how it may sound, as a choice."""
    return [("plain", _("Plain")), ("warm", _("Warm")), ("playful", _("Playful"))]


@require_POST
def openings(request: HttpRequest) -> HttpResponse:
    """Answer with a few openings for a brief; none for one that nobody offers."""
    brief = [request.POST.get(key, "") for key in ("language", "goal", "tone")]
    beside = request.POST.get("beside", "")[:MOST_CHARACTERS]
    found = variants(fitting(ours(), *brief), beside)
    return JsonResponse({"variants": [runs(one) for one in found]})
