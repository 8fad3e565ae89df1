"""What models expect of the customer."""

from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.admin.words import said

MONEY_KINDS = {"value"}


def panel(customer: Customer) -> Panel:
    scores = customer.scores.order_by("kind", "horizon_days")
    shown = [(score, said(score.kind), score.kind in MONEY_KINDS) for score in scores]
    return Panel("admin/panels/scores.html", Column.SIDE, {"scores": shown})
