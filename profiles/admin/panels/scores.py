"""What models expect of the customer."""

from django.utils.translation import pgettext

from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.admin.words import said

MONEY_KINDS = {"value"}


def panel(customer: Customer) -> Panel:
    scores = customer.scores.order_by("kind", "horizon_days")
    shown = [(score, _named(score.kind), score.kind in MONEY_KINDS) for score in scores]
    return Panel("admin/panels/customer/scores.html", Column.SIDE, {"scores": shown})


def _named(kind: str) -> str:
    """Say which score it is; what a customer will be worth is no face value of a
    coupon.
    """
    return pgettext("predicted", "value") if kind == "value" else said(kind)
