"""What the customer is likely to want, and why."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from profiles.models import Customer, Item
from recommender import reasons, serving
from recommender.models import RecommendationList
from retention_site.lib.admin.panels import Panel

SHOWN = 8
MODES = {"all": _("everything"), "repeat": _("again"), "discover": _("new to them")}


def panel(customer: Customer) -> Panel:
    lists = sorted(
        RecommendationList.objects.filter(customer=customer),
        key=lambda one: [*MODES].index(one.mode),
    )
    shown = [(MODES[one.mode], _entries(one.items)) for one in lists]
    _text, found = serving.because_you_searched(customer.pk, SHOWN)
    if found:
        shown.append((_("after a search"), [asdict(one) for one in found]))
    named = {entry["item_id"] for _mode, entries in shown for entry in entries}
    items = {
        item.external_id: item for item in Item.objects.filter(external_id__in=named)
    }
    tabs = [
        (mode, [(entry, items.get(entry["item_id"])) for entry in entries])
        for mode, entries in shown
    ]
    return Panel(
        "admin/panels/customer/recommendations.html",
        facts={"tabs": tabs, "made": lists[0] if lists else None},
    )


def _entries(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**entry, "reason": reasons.words(entry["why"])} for entry in items[:SHOWN]]
