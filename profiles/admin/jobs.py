"""Jobs: what is being worked on, by which process, how far it is."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, FloatField, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles import jobs
from profiles.models import Job
from profiles.models.job import JobQuerySet
from retention_site.lib.admin.filters import SaidValuesFilter
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import duration, rate, said, shop_moment

SHOWN_LINES = 200
SHOWN_PARTS = 100


@admin.register(Job)
class JobAdmin(ReadingAdmin):
    list_display = ("what", "state_now", "progress", "parts", "took", "asked_for")
    list_filter = ("state", ("kind", SaidValuesFilter))
    search_fields = ("title", "kind")
    ordering = ("-id",)
    list_before_template = "admin/profiles/job/live.html"
    page_template = "admin/profiles/job/page.html"
    nothing = Nothing(
        "manufacturing",
        _("No job has run yet"),
        _(
            "Imports, portraits, learning and long reports run as jobs. Each shows its"
            " parts, workers and log here."
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return with_share(super().get_queryset(request)).with_troubled_parts()

    @display(description=_("job"), ordering="title")
    def what(self, job: Job) -> SafeString:
        return format_html(
            '{}<span class="r-sub">{}</span>', said(job.title), said(job.kind)
        )

    @display(description=_("state"), ordering="state")
    def state_now(self, job: Job) -> SafeString:
        return state_of(job)

    @display(description=_("progress"))
    def progress(self, job: Any) -> SafeString:
        return progress_bar(job.share)

    @display(description=_("parts"), ordering="n_chunks")
    def parts(self, job: Job) -> str:
        return "–" if job.n_chunks is None else f"{job.n_done} / {job.n_chunks}"

    @display(description=_("took"))
    def took(self, job: Job) -> str:
        if job.started_at is None or job.finished_at is None:
            return "–"
        return duration((job.finished_at - job.started_at).total_seconds())

    @display(description=_("asked for"), ordering="created_at")
    def asked_for(self, job: Job) -> str:
        return shop_moment(job.created_at)

    def verbs(self, request: HttpRequest, obj: Job) -> list[Verb]:
        if not obj.is_live:
            return []
        asks = gettext("Stop this job? Parts that are done stay done.")
        return [Verb("cancel", gettext("Cancel"), "cancel", "danger", asks)]

    def do_cancel(self, request: HttpRequest, obj: Job) -> str:
        jobs.cancel(obj)
        return gettext("The job was cancelled.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        chunks = obj.chunks.order_by("number")
        return {
            "title": said(obj.title),
            "trail_title": said(obj.title),
            "chunks": chunks[:SHOWN_PARTS],
            "lines": list(reversed(obj.lines.order_by("-id")[:SHOWN_LINES])),
            "share": 1.0 if obj.state == Job.State.DONE else obj.share,
            "trouble": obj.trouble,
            "workers": sorted(
                {part.worker for part in chunks[:SHOWN_PARTS] if part.worker}
            ),
        }


def state_of(job: Job) -> SafeString:
    """Say how a job stands; one whose worker died is not running, it waits for another."""
    trouble = job.trouble
    shown = (
        pill("queued", gettext("resumes")) if trouble and trouble.is_waiting else None
    )
    shown = shown or pill(job.state, job.get_state_display())
    return (
        format_html(
            '{}<span class="r-sub r-warn r-tone">{}</span>', shown, said(trouble.words)
        )
        if trouble
        else shown
    )


def with_share(found: JobQuerySet) -> JobQuerySet:
    """Add ``share``: how much of each job is done, 0–1, running parts counted by their
    own progress.
    """
    done = Sum("chunks__progress", default=0.0, output_field=FloatField())
    # a letter that nobody asked for has no part
    whole = NullIf(Cast(F("n_chunks"), FloatField()), Value(0.0))
    without = Case(When(state=Job.State.DONE, then=Value(1.0)), default=Value(0.0))
    return found.annotate(share=Coalesce(done / whole, without))


def progress_bar(share: float, look: str = "") -> SafeString:
    """Draw a bar with its per cent beside it, for a cell of a list."""
    drawn = render_to_string(
        "admin/parts/bar.html", {"share": round(100 * share, 1), "look": look}
    )
    return format_html(
        '<span class="r-progress">{}<span class="r-number">{}</span></span>',
        drawn,
        rate(share, 0),
    )
