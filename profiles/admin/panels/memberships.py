"""Which segments the customer is in."""

from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel


def panel(customer: Customer) -> Panel:
    stays = customer.memberships.filter(left_at=None).select_related("segment").order_by("segment__name")
    return Panel("admin/panels/memberships.html", Column.SIDE, {"stays": stays})
