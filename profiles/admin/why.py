"""Why a customer is in a segment, or not: each part of the rule with what it rests on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from profiles.models import Customer, Segment

from .traits import value_words


def why(request: HttpRequest, segment: int, customer: int) -> HttpResponse:
    """The parts of the rule for one customer, as a fragment of a page."""
    from profiles.segments import BadRule, explain  # brings Ibis: only this answer pays for it

    kept, person = get_object_or_404(Segment, pk=segment), get_object_or_404(Customer, pk=customer)
    try:
        reasons = [(reason, value_words("", reason.value)) for reason in explain(kept.rule, person.pk)]
    except BadRule:
        reasons = []
    return render(request, "admin/panels/why.html", {"reasons": reasons, "customer": person})
