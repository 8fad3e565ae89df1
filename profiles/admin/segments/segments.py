"""Segments: a rule in words, how many fit it, and a few of them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import IntegerField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles import segments
from profiles.models import Customer, Segment, SegmentDay
from profiles.segments.uses import all_uses, uses_of
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.panels import panels
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import NOTHING, count, moment, rate
from retention_site.lib.clock import now, shop_zone

from ..rights import CUSTOMERS
from ..traits import summary
from . import builder
from .desk import ADD, CHANGE, NEW
from .rule_words import in_words

SAMPLE = 20
LATELY = timedelta(days=28)


def _number(column: str, since: date) -> Coalesce:
    """Add up what the days of a segment counted, as an expression."""
    days = SegmentDay.objects.filter(segment=OuterRef("pk"), day__gt=since)
    summed = days.order_by().values("segment").values(n=Sum(column))
    return Coalesce(Subquery(summed), 0, output_field=IntegerField())


@admin.register(Segment)
class SegmentAdmin(ReadingAdmin):
    list_display = (
        "title_and_name",
        "rule_in_words",
        "size",
        "share",
        "change",
        "used_by",
        "version",
        "refreshed",
    )
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

    @display(description=_("of all customers"), ordering="n_members")
    def share(self, segment: Segment) -> str:
        n_all = getattr(segment, "n_all", 0)
        if segment.n_members is None or not n_all:
            return NOTHING
        return rate(segment.n_members / n_all)

    @display(description=_("joined and left, 28 days"), ordering="n_joined")
    def change(self, segment: Segment) -> str:
        if segment.refreshed_at is None:
            return NOTHING
        joined, left = (getattr(segment, name, 0) for name in ("n_joined", "n_left"))
        return f"+{count(joined)} / −{count(left)}"

    @display(description=_("used by"))
    def used_by(self, segment: Segment) -> str:
        uses = getattr(segment, "uses", [])
        more = f" +{count(len(uses) - 1)}" if len(uses) > 1 else ""
        return f"{uses[0].words}{more}" if uses else NOTHING

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """Count who joined and left lately beside each segment."""
        since = now().astimezone(shop_zone()).date() - LATELY
        counted = {name: _number(name, since) for name in ("n_joined", "n_left")}
        return super().get_queryset(request).annotate(**counted)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Bring what all rows share, asked once: customers, and who names what."""
        shown = super().get_changelist_instance(request)
        uses, n_all = all_uses(), Customer.objects.known().count()
        for segment in shown.result_list:
            segment.uses, segment.n_all = uses.get(segment.name, []), n_all
        return shown

    @display(description=_("refreshed"), ordering="refreshed_at")
    def refreshed(self, segment: Segment) -> str:
        return moment(segment.refreshed_at)

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return bool(request.user.has_perm(ADD))

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Open the builder with nothing in it, or with what was begun."""
        return builder.page(request, NEW)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Open the builder for those who may write, a page to read for others."""
        is_here = object_id.isdigit() and self._found(request, object_id)
        if is_here and request.user.has_perm(CHANGE):
            return builder.page(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def verbs(self, request: HttpRequest, obj: Any) -> Sequence[Verb]:
        """A segment may be copied, and deleted while nothing names it."""
        used = uses_of(obj.name)
        names = ", ".join(use.words for use in used[:3])
        return [
            Verb("duplicate", gettext("Duplicate"), "content_copy", right=ADD),
            Verb(
                "delete",
                gettext("Delete"),
                "delete",
                "danger",
                asks=gettext("Delete this segment and its versions?"),
                why_not=gettext("It is used by %s.") % names if used else "",
                right="profiles.delete_segment",
            ),
        ]

    def do_duplicate(self, request: HttpRequest, obj: Segment) -> HttpResponse:
        """Save a copy under a name of its own, and go there."""
        title = gettext("%s (copy)") % obj
        copy = segments.create(
            f"{obj.name}-copy", obj.rule, title=title, by=cast(User, request.user)
        )
        messages.success(request, gettext("This is the copy; change it and save."))
        return redirect("admin:profiles_segment_change", copy.pk)

    def do_delete(self, request: HttpRequest, obj: Segment) -> HttpResponse:
        """Delete a segment that nothing names."""
        with transaction.atomic():
            kept = Segment.objects.select_for_update().get(pk=obj.pk)
            if uses_of(kept.name):  # since the page was drawn
                raise PermissionDenied
            kept.delete()
        messages.success(request, gettext("%s is deleted.") % obj)
        return redirect("admin:profiles_segment_changelist")

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
