"""What the customer is likely to want, and why."""

from profiles.models import Customer, Item
from recommender.models import RecommendationList
from retention_site.lib.admin.panels import Panel

SHOWN = 8


def panel(customer: Customer) -> Panel:
    lists = list(RecommendationList.objects.filter(customer=customer).order_by("mode"))
    named = {entry["item_id"] for one in lists for entry in one.items[:SHOWN]}
    items = {item.external_id: item for item in Item.objects.filter(external_id__in=named)}
    shown = [(one, [(entry, items.get(entry["item_id"])) for entry in one.items[:SHOWN]]) for one in lists]
    return Panel("admin/panels/recommendations.html", facts={"lists": shown})
