"""What the customer agreed to, and where messages can go."""

from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel


def panel(customer: Customer) -> Panel:
    newest = customer.consents.order_by("channel", "topic", "-at", "-id").distinct("channel", "topic")
    return Panel(
        "admin/panels/consents.html",
        Column.SIDE,
        {"consents": newest, "devices": customer.devices.filter(is_active=True)},
    )
