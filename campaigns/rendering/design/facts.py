"""The facts that a text may name, as chips, and the Liquid that each of them becomes.
Pure.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One value that differs from customer to customer."""

    key: str
    path: str  # where a template finds it
    is_always_there: bool = False


FACTS = {
    one.key: one
    for one in (
        Fact("name", "customer.first_name"),
        Fact("full_name", "customer.full_name"),
        Fact("product", "recommendations[0].title"),
        Fact("product_price", "recommendations[0].price"),
        Fact("viewed", "last_viewed[0].title"),
        Fact("amount", "coupon.worth"),
        Fact("code", "coupon.code"),
        Fact("valid_until", "coupon.expires_on"),
        Fact("minimum", "coupon.minimum_spend"),
        Fact("order_number", "order.id"),
        Fact("order_total", "order.total"),
        Fact("points", "points.balance", is_always_there=True),
        Fact("points_expiring", "points.expiring", is_always_there=True),
        Fact("points_expire_on", "points.expire_on"),
        Fact("tier", "tier"),
        Fact("last_seen", "visits.last_seen"),
        Fact("date", "today", is_always_there=True),
        Fact("shop", "shop.name", is_always_there=True),
    )
}
# Where a link may lead besides an address; the second is for those who lack the first.
SHOP = "{{ shop.url }}"
LINKS = {
    "shop": SHOP,
    "product": (
        "{% if recommendations[0].url %}{{ recommendations[0].url }}"
        "{% else %}{{ shop.url }}{% endif %}"
    ),
    "viewed": (
        "{% if last_viewed[0].url %}{{ last_viewed[0].url }}"
        "{% else %}{{ shop.url }}{% endif %}"
    ),
    "unsubscribe": "{{ unsubscribe_url }}",
    "preferences": "{{ preferences_url }}",
}


def filled(fact: Fact, otherwise: str) -> str:
    """Return the Liquid that says a fact, and ``otherwise`` to those who lack it.

    Nothing to say otherwise leaves it strict: the message is then held for them.
    """
    said = f"{{{{ {fact.path} }}}}"
    if fact.is_always_there or not otherwise:
        return said
    return f"{{% if {fact.path} %}}{said}{{% else %}}{otherwise}{{% endif %}}"
