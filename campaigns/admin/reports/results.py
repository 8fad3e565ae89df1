"""Results: what each run changed, with its interval, or why that can't be said."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from campaigns.admin.reports import effect_charts
from campaigns.models import EffectReport
from retention_site.lib.admin.filters import SaidValuesFilter
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import NOTHING, day, said, shop_moment
from retention_site.lib.csv_export import as_csv

from . import effect_parts, effects, hero
from .export import result_rows


@admin.register(EffectReport)
class EffectReportAdmin(ReadingAdmin):
    list_display = (
        "of_campaign",
        "what_it_is",
        "verdict",
        "sentence",
        "window",
        "computed",
    )
    list_filter = (("campaign", RelatedDropdownFilter), ("label", SaidValuesFilter))
    list_select_related = ("campaign", "run")
    search_fields = ("campaign__name",)
    ordering = (F("run").desc(nulls_last=True), "-computed_at", "-id")
    page_template = "admin/campaigns/effectreport/page.html"
    called = _("Results")
    nothing = Nothing(
        "monitoring",
        _("No result yet"),
        _(
            "A run with a control group is measured against it. Without one, no effect"
            " is claimed."
        ),
    )

    @display(description=_("campaign"), ordering="campaign")
    def of_campaign(self, report: EffectReport) -> str:
        return str(report.campaign or NOTHING)

    @display(description=_("kind"), ordering="label")
    def what_it_is(self, report: EffectReport) -> SafeString | str:
        if report.run is None:
            return str(report.campaign.get_origin_display())
        is_refused = effects.headline(report.result)[0] == "refused"
        return label_pill(report.label) or (
            NOTHING if is_refused else str(_("measured"))
        )

    @display(description=_("verdict"))
    def verdict(self, report: EffectReport) -> SafeString:
        verdict, _sentence = told(report)
        return pill(verdict, look=effect_charts.VERDICT_TONES.get(verdict, "quiet"))

    @display(description=_("what was seen"))
    def sentence(self, report: EffectReport) -> SafeString:
        return format_html('<span class="r-wraps">{}</span>', said(told(report)[1]))

    @display(description=_("window"))
    def window(self, report: EffectReport) -> SafeString | str:
        if report.window_from is None:
            return NOTHING
        ends = day(report.window_from), day(report.window_to)
        return format_html(
            '<span class="r-nowrap">{} –</span> <span class="r-nowrap">{}</span>', *ends
        )

    @display(description=_("computed"), ordering="computed_at")
    def computed(self, report: EffectReport) -> str:
        return shop_moment(report.computed_at)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        title = f"{obj.campaign or ''} {said(obj.label) if obj.label else ''}".strip()
        return {
            "title": title or str(obj),
            "trail_title": title or str(obj),
            "reports": [shown(obj)],
            "is_early": is_early(obj),
        }

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the report, or give its results as a table."""
        obj = self._found(request, object_id)
        is_table = request.GET.get("as") == "csv"
        if isinstance(obj, EffectReport) and is_table and not is_early(obj):
            return as_csv(f"result-{obj.pk}", result_rows(obj.result))
        return super().change_view(request, object_id, *args, **kwargs)


def told(report: EffectReport) -> tuple[str, str]:
    """Return verdict and sentence as they may be read now: too early says no more than when to look again."""
    verdict, sentence = effects.headline(report.result)
    closes_at = effects.readable_on(report.result, report.window_to)
    if closes_at is None or verdict in ("refused", "better", "worse"):
        return verdict, sentence
    return "too early", effects.too_early(closes_at)


def is_early(report: EffectReport) -> bool:
    """Say whether a report's numbers may not be read yet."""
    return told(report)[0] == "too early"


def shown(report: EffectReport) -> dict[str, Any]:
    """Everything that the effect card shows of one report."""
    closes_at = effects.readable_on(report.result, report.window_to)
    currency = (report.result.get("offers") or {}).get(
        "currency"
    ) or settings.SHOP_CURRENCY
    effect = effect_charts.effect_of(report.result)
    return {
        "report": report,
        "label": label_pill(report.label),
        "lines": effects.lines(report.result, currency),
        "charts": effect_charts.charts(report.result, currency),
        "headline": told(report),
        "hero": hero.hero(
            report.result,
            told(report)[0],
            effects.too_early(closes_at) if closes_at else "",
            currency,
        ),
        "crossings": hero.crossings(effect.get("daily") or []),
        "tone": effect_charts.VERDICT_TONES.get(told(report)[0], "quiet"),
        "too_early": effects.too_early(closes_at) if closes_at else "",
        "arms": list((effect.get("arms") or {}).items()),
        "srm_p": effect.get("srm_p"),
        "problems": effects.other_problems(report.result),
        "redraws": effects.redraws(report.result),
        "n_redraws": (report.result.get("redraws") or {}).get("n"),
        "ever_left": effects.ever_left(report.result),
        "lifts": effects.lifts(report.result, currency),
        "refused": report.result.get("refused") or effect.get("refused"),
        **over_time(report.result, currency),
        **({"money": [], "money_sentence": ""} if closes_at else {}),
    }


def over_time(result: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """What stands below the result: days, weeks, groups, money, attribution."""
    effect = effect_charts.effect_of(result)
    return {
        "band": effect_parts.band(result, currency),
        "weekly": effect_parts.weekly(result, currency),
        "novelty": (effect.get("novelty") or {}).get("sentence"),
        "groups": effect_parts.groups(result, currency),
        "heterogeneity": [one["sentence"] for one in effect.get("heterogeneity") or ()],
        "money": effect_parts.figures(result.get("money")),
        "money_sentence": (result.get("money") or {}).get("sentence"),
        "attributed": effect_parts.attributed(result),
        "winsorised": effect.get("winsorised") or {},
    }


def label_pill(label: str) -> SafeString | str:
    """An A/A check and a simulated lift are named wherever they are shown."""
    if not label:
        return ""
    return pill(
        label, said(label), look="simulated" if "simulated" in label else "wait"
    )
