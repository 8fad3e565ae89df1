"""Which segments the customer is in and which not; each says why."""

from profiles.models import Customer, Segment
from retention_site.lib.admin.panels import Panel

SHOWN = 30


def panel(customer: Customer) -> Panel:
    stays = {
        stay.segment_id: stay for stay in customer.memberships.filter(left_at=None)
    }
    segments = sorted(
        Segment.objects.order_by("name"), key=lambda segment: segment.pk not in stays
    )
    rows = [(segment, stays.get(segment.pk)) for segment in segments[:SHOWN]]
    return Panel(
        "admin/panels/customer/memberships.html",
        facts={"rows": rows, "n_in": len(stays), "n": len(segments)},
    )
