"""What providers answered to one run: taken, put off, refused, no answer, each with its
code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from campaigns.models import Attempt, Message, Run
from retention_site.lib.clock import now

SHOWN = 12
State = Attempt.State


def card(request: HttpRequest, run: int) -> HttpResponse:
    """The card that the campaign's page fetches once it stands."""
    found = get_object_or_404(Run, pk=run)
    return render(
        request,
        "admin/panels/answers.html",
        {"run": found, "rows": mix(found), "oldest": oldest_due(found)},
    )


def mix(run: Run) -> list[dict[str, Any]]:
    """Count a run's tries by provider, outcome and code, the most frequent first."""
    tries = Attempt.objects.filter(message__run=run).order_by()
    rows = (
        tries.values("provider", "state", "code").annotate(n=Count("pk")).order_by("-n")
    )
    return [{**row, "words": str(State(row["state"]).label)} for row in rows[:SHOWN]]


def oldest_due(run: Run) -> tuple[datetime, float] | None:
    """Return since when the oldest message that may leave waits, and for how many
    minutes.
    """
    due = Message.objects.queued().filter(run=run, not_before__lte=now())
    oldest = due.aggregate(oldest=Min("not_before"))["oldest"]
    return (oldest, (now() - oldest).total_seconds() / 60) if oldest else None
