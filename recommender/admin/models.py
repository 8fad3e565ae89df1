"""Trained models with their cards: what they were compared with stands beside every
metric.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from recommender import model_promotion
from recommender.models import ModelVersion
from retention_site.lib.admin.filters import SaidValuesFilter
from retention_site.lib.admin.pages import ReadingAdmin, show
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import day, moment, number, said, shop_moment

from . import version_comparison
from .cards import MetricRow, chart, group_table, loss_chart, metric_table


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadingAdmin):
    list_display = (
        "name",
        "is_in_use",
        "fits",
        "headline",
        "beats",
        "as_of_moment",
        "trained",
    )
    list_filter = ("is_promoted", ("model", SaidValuesFilter))
    search_fields = ("model", "version")
    ordering = ("-is_promoted", "model", "-trained_at")
    page_template = "admin/recommender/modelversion/page.html"
    nothing = Nothing(
        "model_training",
        _("No model yet"),
        _(
            "Learning trains recommenders and scores, compares them with simple"
            " baselines, and writes a card for each."
        ),
    )

    @display(description=_("model"), ordering="model")
    def name(self, model: ModelVersion) -> SafeString:
        return format_html(
            '{}<span class="r-sub r-mono">{}</span>', said(model.model), model.version
        )

    @display(description=_("use"), ordering="is_promoted")
    def is_in_use(self, model: ModelVersion) -> SafeString:
        if model.withdrawn_at:
            return pill("paused", str(_("withdrawn")))
        return (
            pill("active", str(_("in use")))
            if model.is_promoted
            else pill("superseded", str(_("not in use")))
        )

    @display(description=_("fits the shop"))
    def fits(self, model: ModelVersion) -> SafeString | str:
        if not model.is_promoted or not model.watched:
            return "–"
        alarm = model.watched.get("alarm")
        return (
            pill("failed", str(_("learn again")))
            if alarm
            else pill("active", str(_("fits")))
        )

    @display(description=_("measured"))
    def headline(self, model: ModelVersion) -> str:
        row = first_row(model)
        return f"{said(row.name)} {number(row.figures[0].value, 3)}" if row else "–"

    @display(description=_("best baseline"))
    def beats(self, model: ModelVersion) -> SafeString | str:
        table = metric_table(model.card)
        found = best_baseline(table.rows[0], table.columns) if table.rows else None
        return (
            format_html(
                '{}<span class="r-sub">{}</span>', number(found[1], 3), said(found[0])
            )
            if found
            else "–"
        )

    @display(description=_("seen up to"), ordering="as_of")
    def as_of_moment(self, model: ModelVersion) -> str:
        return moment(model.as_of)

    @display(description=_("trained"), ordering="trained_at")
    def trained(self, model: ModelVersion) -> str:
        return shop_moment(model.trained_at)

    def refusals(self) -> tuple[type[Exception], ...]:
        return (*super().refusals(), model_promotion.NotPossible)

    def verbs(self, request: HttpRequest, obj: ModelVersion) -> list[Verb]:
        asks = _(
            "Use this version from now on? Newer ones are withdrawn until the next"
            " training."
        )
        why_not = model_promotion.why_not(obj)
        return [
            Verb(
                "use",
                str(_("Put this version in use")),
                "undo",
                "main",
                str(asks),
                why_not,
            )
        ]

    def do_use(self, request: HttpRequest, obj: ModelVersion) -> str:
        version = model_promotion.put_in_use(obj, by=request.user.get_username())
        model_promotion.make_anew(version)
        return _(
            "%(version)s is in use; what customers are shown is being made anew."
        ) % {"version": version}

    def get_urls(self) -> list[URLPattern]:
        compare = path(
            "<path:object_id>/compare/",
            self.admin_site.admin_view(self.compare_view),
            name="recommender_modelversion_compare",
        )
        return [compare, *super().get_urls()]

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show versions of one model side by side: those named by `?with=`, else the
        newest ones.
        """
        obj = self._found(request, object_id)
        if not isinstance(obj, ModelVersion):
            raise Http404
        versions = version_comparison.chosen(obj, request.GET.getlist("with"))
        context = {
            "title": _("Versions of %(model)s") % {"model": obj.model},
            "opts": self.opts,
            "object": obj,
            "original": obj,
            "versions": versions,
            "rows": version_comparison.rows(versions),
        }
        return show(
            request,
            self.admin_site,
            "admin/recommender/modelversion/side_by_side.html",
            context,
        )

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        table = metric_table(obj.card)
        group_metrics, groups = group_table(obj.card)
        return {
            "card": obj.card,
            "table": table,
            "charts": [
                (row.name, row.is_lower_better, chart(row, table.columns))
                for row in table.rows[:2]
            ],
            "group_metrics": group_metrics,
            "groups": groups,
            "calibration": obj.card.get("calibration") or [],
            "windows": windows(obj.card),
            "costs": version_comparison.costs(obj.card),
            "losses": loss_chart(obj.card),
            "compare_url": reverse(
                "admin:recommender_modelversion_compare", args=[obj.pk]
            ),
            "others": (
                ModelVersion.objects.filter(model=obj.model)
                .exclude(pk=obj.pk)
                .order_by("-trained_at")[:10]
            ),
        }


def windows(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Write a card's windows as days, in the order of time."""
    kept = sorted((card.get("windows") or {}).items(), key=lambda pair: str(pair[1]))
    return [
        (name, " – ".join(day(datetime.fromisoformat(str(end))) for end in ends))
        for name, ends in kept
        if ends
    ]


def first_row(model: ModelVersion) -> MetricRow | None:
    rows = metric_table(model.card).rows
    return rows[0] if rows else None


def best_baseline(row: MetricRow, columns: tuple[str, ...]) -> tuple[str, float] | None:
    """Return the name and value of the strongest thing the model was compared with."""
    known = [
        (name, one.value)
        for name, one in zip(columns[1:], row.figures[1:], strict=True)
        if one.value is not None
    ]
    choose = min if row.is_lower_better else max
    return choose(known, key=lambda pair: pair[1]) if known else None
