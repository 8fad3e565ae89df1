"""What the customer was sent, what was held back, and why."""

from profiles.models import Customer
from retention_site.lib.admin.panels import Panel

SHOWN = 15


def panel(customer: Customer) -> Panel:
    messages = customer.messages.select_related("campaign", "run").order_by("-id")[
        :SHOWN
    ]
    return Panel("admin/panels/customer/messages.html", facts={"messages": messages})
