"""What the facts say about the customer."""

from profiles.admin.traits import lines
from profiles.models import Customer, Portrait
from retention_site.lib.admin.panels import Panel


def panel(customer: Customer) -> Panel:
    portrait = Portrait.objects.filter(customer=customer).first()
    return Panel(
        "admin/panels/portrait.html",
        facts={"portrait": portrait, "traits": lines(portrait) if portrait else []},
    )
