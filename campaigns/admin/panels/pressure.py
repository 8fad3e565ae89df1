"""How much the customer hears from us, which address was given up, and what is about to
start.
"""

from campaigns.delivery.limits.pressure import DAYS, pressure_of
from campaigns.delivery.track import soft_bounces
from profiles.models import Customer
from profiles.portraits.store import portrait_of
from retention_site.lib.admin.panels import Column, Panel

SHOWN = 10


def panel(customer: Customer) -> Panel:
    occasions = customer.occasions.select_related("campaign").order_by("-id")[:SHOWN]
    facts = {
        "pressure": pressure_of(customer),
        "days": DAYS,
        "fatigue": next(
            (line for line in portrait_of(customer) if line.key == "fatigue"), None
        ),
        "occasions": occasions,
        "given_up": [
            (channel.key, channel.label, row)
            for channel, row in soft_bounces.given_up(customer)
        ],
    }
    return Panel("admin/panels/customer/pressure.html", Column.SIDE, facts)
