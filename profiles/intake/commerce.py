"""What tracking calls say of shopping: the Segment spec's event names and properties,
turned into our facts. Pure.

Spec: Segment, "Spec: V2 Ecommerce Events". Each fact is the keyword arguments of an
`EventIn` but for who, when and id.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from profiles.intake import values
from profiles.intake.orders.apportionment import apportioned, per_unit
from profiles.intake.values import Refused

Facts = dict[str, Any]

KINDS = {
    "product viewed": "view",
    "products searched": "search",
    "product added": "cart",
    "product reviewed": "review",
    "order completed": "purchase",
    "order refunded": "return",
    "coupon redeemed": "coupon_redeemed",
}
# a product of an order may name its line; it is known again by it wherever it stands
LINE = "line_id"
# one event for each product of the order
BY_PRODUCT = frozenset({"purchase", "return"})
TEXTS = {"search": "query", "review": "review_body"}
# our column ← the properties that may hold it, the first one present
IDS = {
    "item_id": ("item_id", "product_id", "sku"),
    "order_id": ("order_id",),
    "campaign_id": ("campaign_id",),
    "coupon_code": ("coupon_code", "coupon"),
    "session_id": ("session_id",),
}
PLACES = {"quantity": 3, "price": 8, "discount": 4}
# of an order: after discounts, before tax and shipping
CHARGED = ("subtotal", "revenue")
WHOLE = ("total", "value")  # tax and shipping may be in it
MOST_PRODUCTS = 500  # of one order


def facts_of(name: str, properties: Mapping[str, Any]) -> list[Facts]:
    """Return the facts of one tracked event, one for each product of an order; raise
    `Refused`.
    """
    kind = kind_of_name(name)
    if not is_order(name, properties):
        return [_fact(kind, properties)]
    return order_lines(kind, properties)


def order_lines(kind: str, properties: Mapping[str, Any]) -> list[Facts]:
    """Return a fact for each product of an order, or one for all of it where nobody
    named them.
    """
    products = properties.get("products")
    if not products:
        return [_whole_order(kind, properties)]
    if not isinstance(products, list) or not all(
        isinstance(product, dict) for product in products
    ):
        raise Refused("products", "not a list of products")
    if len(products) > MOST_PRODUCTS:
        raise Refused("products", f"more than {MOST_PRODUCTS} products")
    return _lines(
        kind,
        products,
        {key: value for key, value in properties.items() if key != "products"},
    )


def is_order(name: Any, properties: Mapping[str, Any]) -> bool:
    """Say whether an event is a whole order of the spec, which gives one fact per
    product, not one line of it.
    """
    said = str(name).strip().lower()
    if properties.get("products") is not None:
        return kind_of_name(said) in BY_PRODUCT
    return KINDS.get(said) in BY_PRODUCT and not any(
        key in properties for key in IDS["item_id"]
    )


def kind_of_name(name: str) -> str:
    """Return our word for an event of the spec; other names stay as they are."""
    return KINDS.get(name.strip().lower(), name.strip())


def _fact(kind: str, properties: Mapping[str, Any]) -> Facts:
    left = dict(properties)
    fact: Facts = {"type": kind}
    for column, names in IDS.items():
        fact[column] = values.identifier(_taken(left, names), column)
    for column, places in PLACES.items():
        fact[column] = values.number(left.pop(column, None), column, places=places)
    fact["currency"] = values.currency(left.pop("currency", None))
    fact["text"] = values.text(_taken(left, ("text", TEXTS.get(kind, "text"))), "text")
    fact["properties"] = values.tree(left, "properties") or None
    return fact


def _whole_order(kind: str, properties: Mapping[str, Any]) -> Facts:
    """An order whose products nobody named: one line that carries its money."""
    fact = _fact(kind, properties)
    if fact["price"] is None:
        fact["price"] = money(properties, *CHARGED, *WHOLE)
        fact["quantity"] = Decimal(1)
    return _signed(fact)


def _lines(
    kind: str, products: list[Mapping[str, Any]], order: Mapping[str, Any]
) -> list[Facts]:
    shared = _fact(kind, order)
    lines = [_line(kind, product, shared) for product in products]
    charged = _charged_share(lines, order)
    for line in lines:
        _take_off(line, charged, has_own_discount=line["discount"] is not None)
    return [_signed(line) for line in _with_prices(lines, order)]


def _line(kind: str, product: Mapping[str, Any], order: Facts) -> Facts:
    line = _fact(kind, product)
    for column in ("order_id", "campaign_id", "coupon_code", "session_id", "currency"):
        line[column] = line[column] or order[column]
    line["quantity"] = Decimal(1) if line["quantity"] is None else line["quantity"]
    line["properties"] = {**(order["properties"] or {}), **(line["properties"] or {})}
    line[LINE] = values.identifier(line["properties"].pop(LINE, None), LINE)
    return line


def _charged_share(lines: list[Facts], order: Mapping[str, Any]) -> Decimal:
    """Return which share of the listed prices the customer paid, when the order names a
    discount on the whole of it.

    What was paid is the order's subtotal (after discounts, before tax and shipping),
    else its revenue, else the listed sum less the discount. Prices that add up to it
    already are what was charged.
    """
    listed = sum(
        (
            line["quantity"] * line["price"]
            for line in lines
            if line["price"] is not None
        ),
        Decimal(0),
    )
    discount = money(order, "discount")
    if not discount or listed <= 0:
        return Decimal(1)
    paid = money(order, *CHARGED)
    paid = listed - discount if paid is None else paid
    return min(max(paid / listed, Decimal(0)), Decimal(1))


def _with_prices(lines: list[Facts], order: Mapping[str, Any]) -> list[Facts]:
    """Share what the order cost beyond its priced lines among the others, by how many
    they are.
    """
    paid = paid_for_goods(order)
    if paid is None:
        return lines
    # zeros of a sender who knows no prices
    if paid > 0 and not any(line["price"] for line in lines):
        lines = [{**line, "price": None} for line in lines]
    bare = [line for line in lines if line["price"] is None and line["quantity"] > 0]
    if not bare:
        return lines
    priced = sum(
        (
            line["quantity"] * line["price"]
            for line in lines
            if line["price"] is not None
        ),
        Decimal(0),
    )
    shares = apportioned(
        max(paid - priced, Decimal(0)), [line["quantity"] for line in bare]
    )
    share_of = {id(line): share for line, share in zip(bare, shares, strict=True)}
    return [part for line in lines for part in _parts(line, share_of.get(id(line)))]


def _parts(line: Facts, money: Decimal | None) -> list[Facts]:
    """Price a line; two lines where no price per unit gives the money exactly."""
    if money is None:
        return [line]
    named = [line.get(LINE), f"{line[LINE]} rest" if line.get(LINE) else None]
    parts = zip(per_unit(line["quantity"], money), named, strict=False)
    return [
        {**line, LINE: name, "quantity": n, "price": price}
        for (n, price), name in parts
    ]


def paid_for_goods(order: Mapping[str, Any]) -> Decimal | None:
    """Return what an order's goods cost, after discounts, before tax and shipping; None
    where nobody said.
    """
    paid = money(order, *CHARGED)
    total = money(order, *WHOLE)
    if paid is not None or total is None:
        return paid
    beside = sum(
        (money(order, name) or Decimal(0) for name in ("tax", "shipping")), Decimal(0)
    )
    return max(total - beside, Decimal(0))


def _take_off(line: Facts, charged: Decimal, *, has_own_discount: bool) -> None:
    if line["price"] is None or charged == 1:
        return
    listed = line["price"]
    line["price"] = round(listed * charged, PLACES["price"])
    if not has_own_discount:
        line["discount"] = round(
            (listed - line["price"]) * line["quantity"], PLACES["discount"]
        )


def _signed(line: Facts) -> Facts:
    """What came back counts below zero."""
    if line["type"] == "return" and line["quantity"] is not None:
        line["quantity"] = -abs(line["quantity"])
    return line


def money(properties: Mapping[str, Any], *names: str) -> Decimal | None:
    """Return the first of some amounts that is there."""
    for name in names:
        found = values.number(properties.get(name), name)
        if found is not None:
            return found
    return None


def _taken(left: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Take the first property that is there out of ``left``; the others of these names
    stay properties.
    """
    for name in names:
        if left.get(name) is not None:
            return left.pop(name)
    return None
