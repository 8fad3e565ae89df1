"""What the facts say about the customer."""

from profiles.admin.traits import lines
from profiles.models import Customer
from retention_site.lib.admin.panels import Panel


def panel(customer: Customer) -> Panel:
    found = lines(customer)
    return Panel(
        "admin/panels/customer/portrait.html",
        facts={"traits": found, "portrait": customer.portrait if found else None},
    )
