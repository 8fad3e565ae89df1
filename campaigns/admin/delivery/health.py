"""Is everything alive and fresh: the history's watermark, the queue's age, the
services, what was left outside.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns.models import Message
from profiles.models import (
    Event,
    HistoryState,
    Job,
    JobChunk,
    Portrait,
    QuarantinedRow,
    Score,
    Segment,
)
from retention_site import health
from retention_site.lib.admin.counting import quick_count
from retention_site.lib.admin.pages import show
from retention_site.lib.clock import real_now
from retention_site.lib.transactions import longest_open

from ..campaign.run_counts_page import newest_messages

WORTH_NAMING = timedelta(seconds=10)  # for so long a transaction is open


def page(request: HttpRequest) -> HttpResponse:
    """Show the freshness of what everything else is read from."""
    state = HistoryState.objects.first()
    holder = longest_open()
    context = {
        "title": _("Health"),
        "services": health.checks().items(),
        "history": state,
        "holder": (
            holder.words if holder and real_now() - holder.since > WORTH_NAMING else ""
        ),
        "n_waiting": (
            Event.objects.filter(transaction__gte=state.watermark).count()
            if state
            else None
        ),
        "derived": _derived(),
        "queue": _queue(),
        "quarantine": (
            QuarantinedRow.objects.filter(resolved_at=None)
            .values("source", "reason")
            .annotate(n=Count("id"))
            .order_by("-n")[:20]
        ),
        "workers": (
            JobChunk.objects.filter(state=JobChunk.State.LEASED)
            .select_related("job")
            .order_by("id")
        ),
        "n_failed_jobs": Job.objects.filter(state=Job.State.FAILED).count(),
    }
    return show(request, admin.site, "admin/health.html", context)


def _derived() -> list[tuple[str, datetime | None, int]]:
    """What is computed from the history: as of when (all rows at once, so one tells),
    and for how many.
    """
    named = (
        (_("Portraits"), Portrait, "as_of"),
        (_("Scores"), Score, "as_of"),
        (_("Segments"), Segment, "refreshed_at"),
    )
    return [
        (
            name,
            model.objects.order_by("pk").values_list(at, flat=True).first(),
            quick_count(model.objects.all()),
        )
        for name, model, at in named
    ]


def _queue() -> dict[str, Any]:
    """How long messages wait, and which need a person."""
    waiting = Message.objects.queued().aggregate(
        n_queued=Count("pk"), oldest=Min("not_before")
    )
    n_unknown = Count("pk", filter=Q(state=Message.State.UNKNOWN))
    lately = newest_messages().aggregate(n_unknown=n_unknown, last_sent=Max("sent_at"))
    n_uncertain = Message.objects.filter(state=Message.State.UNCERTAIN).count()
    return {**waiting, **lately, "n_uncertain": n_uncertain}
