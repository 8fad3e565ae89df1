"""The customer's coupons, and the finished campaigns that reached them."""

from campaigns.admin.coupons import coupon_pill
from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel


def panel(customer: Customer) -> Panel:
    coupons = customer.coupons.select_related("pool").order_by("-issued_at")[:20]
    received = customer.received_campaigns.select_related("campaign").order_by(
        "-assigned_at"
    )[:20]
    return Panel(
        "admin/panels/customer/coupons.html",
        Column.SIDE,
        {
            "coupons": [(coupon, coupon_pill(coupon)) for coupon in coupons],
            "received": received,
        },
    )
