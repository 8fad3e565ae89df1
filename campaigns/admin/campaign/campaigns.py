"""Campaigns: how each stands, what was approved, who got what and why, and what it
changed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from campaigns.models import Campaign, CampaignVersion, Message, Run, Stage
from campaigns.models.campaign import CampaignQuerySet
from campaigns.models.stage import with_stage
from profiles.admin.jobs import progress_bar
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import count, moment
from retention_site.lib.clock import now

from ..editor.pages import add
from ..journeys import journey_page
from . import campaign_pages
from .campaign_verbs import CampaignVerbs

JOURNEY_STEP = Campaign.Origin.JOURNEY_STEP  # a part of a journey, never by itself
# what the first page counts and leads to; what was put away
TO_APPROVE, MOVING, ARCHIVED = "to_approve", "moving", "archived"
LIVE, DRAFTS, FINISHED = "live", "drafts", "done"  # the views of the list: its tabs
VIEWS = {
    MOVING: (Stage.PLANNING, Stage.RUNNING),
    DRAFTS: (Stage.DRAFT, Stage.IN_REVIEW),
    FINISHED: (Stage.RESULT, Stage.STOPPED, Stage.IMPORTED),
}
TEMPLATES: dict[str, str] = {
    Campaign.Origin.IMPORTED: "admin/campaigns/campaign/imported.html",
    Campaign.Origin.JOURNEY: "admin/campaigns/journeys/page.html",
}
VIEWS[LIVE] = tuple(set(Stage) - set(VIEWS[DRAFTS]) - set(VIEWS[FINISHED]))


class InStage(DropdownFilter):
    """Campaigns by where they stand; those that wait for approval, whatever an earlier
    version does.
    """

    title = _("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (TO_APPROVE, _("waiting for approval")),
            (MOVING, _("on its way")),
            (LIVE, _("live")),
            (DRAFTS, _("drafts")),
            (FINISHED, _("finished")),
            *Stage.choices,
            (ARCHIVED, _("archived")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == ARCHIVED:
            return queryset.exclude(archived_at=None)
        queryset = queryset.filter(archived_at=None)
        if self.value() == TO_APPROVE:
            return queryset.waiting_for_approval()
        if self.value() == DRAFTS:  # a new version of a live campaign is one too
            waiting = queryset.waiting_for_approval().values("pk")
            return queryset.filter(Q(stage__in=VIEWS[DRAFTS]) | Q(pk__in=waiting))
        if self.value() in VIEWS:
            return queryset.filter(stage__in=VIEWS[self.value()])
        return (
            queryset.filter(stage=self.value()) if self.value() in Stage else queryset
        )


@admin.register(Campaign)
class CampaignAdmin(CampaignVerbs, ReadingAdmin):
    list_display = ("what", "state_now", "version_now", "run_now", "progress", "people")
    list_filter = (InStage, "origin")
    search_fields = ("name", "external_id")
    ordering = ("-origin", "-id")
    page_template = "admin/campaigns/campaign/page.html"
    nothing = Nothing(
        "campaign",
        _("No campaign yet"),
        _(
            "A campaign is applied from its file, approved by a second person, and run"
            " by hand, schedule or trigger."
        ),
    )

    def get_queryset(self, request: HttpRequest) -> CampaignQuerySet:
        newest = Run.objects.filter(campaign=OuterRef("pk")).order_by("-id")
        version = CampaignVersion.objects.filter(campaign=OuterRef("pk")).order_by(
            "-number"
        )
        campaigns = super().get_queryset(request).exclude(origin=JOURNEY_STEP)
        return with_stage(campaigns, now()).annotate(
            version_state=Subquery(version.values("state")[:1]),
            version_number=Subquery(version.values("number")[:1]),
            run_id=Subquery(newest.values("id")[:1]),
            run_state=Subquery(newest.values("state")[:1]),
            run_at=Subquery(newest.values("as_of")[:1]),
            n_audience=Subquery(newest.values("n_audience")[:1]),
            n_live=_messages_of_run(Message.objects.live()),
            n_to_send=_messages_of_run(
                Message.objects.exclude(state=Message.State.HELD)
            ),
            n_recipients=Count("recipients"),
        )

    @display(description=_("campaign"), ordering="name")
    def what(self, campaign: Campaign) -> SafeString:
        return format_html(
            '{}<span class="r-sub">{}</span>', campaign, campaign.goal or campaign.kind
        )

    @display(description=_("state"), ordering="stage")
    def state_now(self, campaign: Any) -> SafeString:
        return pill(campaign.stage, str(Stage(campaign.stage).label))

    @display(description=_("version"))
    def version_now(self, campaign: Any) -> SafeString | str:
        if not campaign.version_state:
            return "–"
        words = CampaignVersion.State(campaign.version_state).label
        return format_html(
            "{} {}", pill(campaign.version_state, str(words)), campaign.version_number
        )

    @display(description=_("last run"))
    def run_now(self, campaign: Any) -> SafeString | str:
        if not campaign.run_state:
            return f"{moment(campaign.starts_at)}" if campaign.starts_at else "–"
        newest = Run(state=campaign.run_state, n_audience=campaign.n_audience)
        state = pill(campaign.run_state, newest.state_words)
        return format_html(
            '{}<span class="r-sub">{}</span>', state, moment(campaign.run_at)
        )

    @display(description=_("progress"))
    def progress(self, campaign: Any) -> SafeString | str:
        if not campaign.n_to_send:
            return "–"
        return progress_bar(1 - (campaign.n_live or 0) / campaign.n_to_send)

    @display(description=_("people"))
    def people(self, campaign: Any) -> str:
        return count(
            campaign.n_audience
            if campaign.n_audience is not None
            else campaign.n_recipients or None
        )

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A campaign begins as a draft in the editor."""
        return add(request)

    def template_of(self, obj: Campaign) -> str:
        return TEMPLATES.get(obj.origin, self.page_template)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        if obj.origin == Campaign.Origin.JOURNEY:
            return journey_page.facts(request, obj)
        if obj.origin == Campaign.Origin.IMPORTED:
            return campaign_pages.imported(
                obj, names_people=request.user.has_perm(CUSTOMERS)
            )
        return campaign_pages.ours(obj, request.GET.get("run", ""))


def _messages_of_run(messages: QuerySet[Message]) -> Subquery:
    """Count messages of the campaign's newest run."""
    of_run = (
        messages.filter(run=OuterRef("run_id"))
        .order_by()
        .values("run")
        .annotate(n=Count("id"))
    )
    return Subquery(of_run.values("n"))
