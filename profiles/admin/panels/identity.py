"""Who the customer is, as the shop told us."""

from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel


def panel(customer: Customer) -> Panel:
    return Panel(
        "admin/panels/customer/identity.html",
        Column.SIDE,
        {
            "traits": sorted(customer.traits.items()),
            "identities": customer.identities.order_by("kind", "value"),
        },
    )
