"""Segments: a rule in words, how many fit it, and a few of them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.models import Customer, Segment
from retention_site.lib.admin.pages import Nothing, ReadingAdmin
from retention_site.lib.admin.panels import panels
from retention_site.lib.admin.words import count, moment

from ..rights import CUSTOMERS
from ..traits import summary
from .rule_words import in_words

SAMPLE = 20


@admin.register(Segment)
class SegmentAdmin(ReadingAdmin):
    list_display = ("title_and_name", "rule_in_words", "size", "version", "refreshed")
    search_fields = ("name", "title")
    ordering = ("name",)
    page_template = "admin/profiles/segment/page.html"
    nothing = Nothing(
        "filter_alt",
        _("No segments yet"),
        _(
            "A segment is a rule such as “bought at least twice in 90 days”. Campaigns"
            " choose their audience by it."
        ),
    )

    @display(description=_("segment"), ordering="title")
    def title_and_name(self, segment: Segment) -> SafeString:
        return format_html('{}<span class="r-sub">{}</span>', segment, segment.name)

    @display(description=_("rule"))
    def rule_in_words(self, segment: Segment) -> str:
        return in_words(segment.rule)

    @display(description=_("members"), ordering="n_members")
    def size(self, segment: Segment) -> str:
        return count(segment.n_members)

    @display(description=_("refreshed"), ordering="refreshed_at")
    def refreshed(self, segment: Segment) -> str:
        return moment(segment.refreshed_at)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        stays = (
            obj.memberships.filter(left_at=None)
            .select_related("customer__portrait")
            .order_by("id")
        )
        n = SAMPLE if request.user.has_perm(CUSTOMERS) else 0
        return {
            "words": in_words(obj.rule),
            "sample": [(stay, summary(stay.customer)) for stay in stays[:n]],
            "n_customers": Customer.objects.known().count(),
            "versions": obj.versions.select_related("created_by").order_by("-number"),
            "n_left": obj.memberships.exclude(left_at=None).count(),
            "panels": panels("segment_panels", obj),
        }
