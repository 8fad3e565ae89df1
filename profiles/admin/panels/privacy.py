"""What a person may ask for: to see what is held, to be forgotten."""

from profiles.models import Customer, DataRequest
from retention_site.lib.admin.panels import Column, Panel


def panel(customer: Customer) -> Panel:
    asked = DataRequest.objects.filter(customers__contains=customer.pk).order_by("-pk")
    return Panel(
        "admin/panels/customer/privacy.html", Column.SIDE, {"requests": asked[:3]}
    )
