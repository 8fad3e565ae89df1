"""Which events a predicate means: by type, time, item and campaign. Shared by all that
ask about events.
"""

from typing import Any, ClassVar, cast

import ibis
import ibis.expr.types as ir
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.history.functions import json_text, path_to

from .. import table_schemas
from ..fields import Days, Field, Flag, Group, Number, OneOrMore
from .contract import Predicate

ITEM_FIELDS = (
    OneOrMore("category", gettext_lazy("category"), source="category"),
    OneOrMore("brand", gettext_lazy("brand"), source="brand"),
    OneOrMore("item_id", gettext_lazy("item"), source="item"),
    Number("price_at_least", gettext_lazy("price from")),
    Number("price_at_most", gettext_lazy("price up to")),
    Flag("available", gettext_lazy("available")),
)
WHICH = (
    OneOrMore("type", gettext_lazy("what"), is_required=True, source="event_type"),
    Days("within_days", gettext_lazy("within the last days"), is_usual=True),
    Group("item", gettext_lazy("items"), fields=ITEM_FIELDS, takes_others=True),
    OneOrMore("campaign_id", gettext_lazy("campaign"), source="campaign"),
    OneOrMore("coupon_code", gettext_lazy("coupon code"), source="coupon_code"),
    Group("properties", gettext_lazy("other properties"), takes_others=True),
)
BOUGHT, RETURNED = "purchase", "return"
VERBS = {
    "purchase": gettext_lazy("bought"),
    "view": gettext_lazy("viewed something"),
    "search": gettext_lazy("searched"),
    "cart": gettext_lazy("put something into the cart"),
    "review": gettext_lazy("wrote a review"),
    "return": gettext_lazy("returned something"),
    "coupon_redeemed": gettext_lazy("redeemed a coupon"),
    "coupon_issued": gettext_lazy("was given a coupon"),
    "message_sent": gettext_lazy("was sent a message"),
    "message_opened": gettext_lazy("opened a message"),
    "message_clicked": gettext_lazy("clicked in a message"),
}


class Happening(Predicate):
    """A predicate about events."""

    fields: ClassVar[tuple[Field, ...]] = WHICH

    def happened(self) -> ir.Table:
        """The events that are meant, as they happened."""
        return self._meant(
            table_schemas.events.filter(table_schemas.events.type.isin(self.type))
        )

    def kept(self) -> ir.Table:
        """The same; purchases only where something is left of them."""
        return self._with_sales(
            table_schemas.sales.filter(table_schemas.sales.is_kept), BOUGHT
        )

    def netted(self) -> ir.Table:
        """The same; purchases less what came back of them, so that returns are not
        taken off twice.
        """
        return self._with_sales(table_schemas.sales, BOUGHT, RETURNED)

    def _with_sales(self, sales: ir.Table, *told: str) -> ir.Table:
        if BOUGHT not in self.type:
            return self.happened()
        sold = self._meant(sales).drop("gross", "is_kept")
        others = [one for one in self.type if one not in told]
        if not others:
            return sold
        return sold.union(
            self._meant(
                table_schemas.events.filter(table_schemas.events.type.isin(others))
            )
        )

    def _meant(self, events: ir.Table) -> ir.Table:
        tests = _same(events, self.values, ("campaign_id", "coupon_code"))
        if self.within_days:
            tests.append(events.happened_at >= since(self.within_days))
        if self.item:
            tests.append(events.item_id.isin(items_like(self.item).item_id))
        for name, wanted in (self.properties or {}).items():
            tests.append(json_text(events.properties, path_to(name)).isin(wanted))
        return cast(ir.Table, events.filter(*tests)) if tests else events

    def verb(self) -> str:
        """What was done."""
        return _(" or ").join(
            str(VERBS.get(one, _("did “%s”") % one)) for one in self.type
        )

    def which(self) -> str:
        """Which of it is meant, in brackets and with its time; empty when all."""
        of = [
            f"{_name(name)} {_said(wanted)}"
            for name, wanted in (self.item or {}).items()
        ]
        of += [
            f"{_name(name)} {_said(self.values[name])}"
            for name in ("campaign_id", "coupon_code")
            if self.values[name]
        ]
        of += [
            f"{name} {_said(wanted)}"
            for name, wanted in (self.properties or {}).items()
        ]
        return (f" ({', '.join(of)})" if of else "") + (
            last_days(self.within_days) if self.within_days else ""
        )


def since(days: float) -> ir.TimestampValue:
    """The moment so many days of 24 hours before the one the rule is asked for."""
    return cast(
        ir.TimestampValue,
        table_schemas.AS_OF - ibis.interval(seconds=round(days * 86_400)),
    )


def last_days(days: float) -> str:
    """Say a window that ends now."""
    whole = round(days)
    if whole != days:
        return _(" in the last %s days") % f"{days:g}"
    return ngettext(" in the last %d day", " in the last %d days", whole) % whole


def items_like(wanted: dict[str, Any]) -> ir.Table:
    """The items that fit all that is said of them; a category is met by any of its
    levels or a path of them.
    """
    items = table_schemas.items
    tests = _same(items, wanted, ("brand", "item_id"))
    if "category" in wanted:
        tests.append(in_category(items.category, wanted["category"]))
    if "price_at_least" in wanted:
        tests.append(items.price >= wanted["price_at_least"])
    if "price_at_most" in wanted:
        tests.append(items.price <= wanted["price_at_most"])
    if "available" in wanted:
        tests.append(items.available == wanted["available"])
    for name in sorted(set(wanted) - {field.name for field in ITEM_FIELDS}):
        tests.append(json_text(items.attributes, path_to(name)).isin(wanted[name]))
    return cast(ir.Table, items.filter(*tests))


def in_category(path: ir.StringValue, wanted: tuple[str, ...]) -> ir.BooleanValue:
    """Whether levels joined by > have one of the wanted levels, or run of levels, among
    them. Case means nothing.
    """
    levels = ">" + path.lower().re_replace(r"\s*>\s*", ">") + ">"
    plain = [
        ">".join(level.strip() for level in one.lower().split(">")) for one in wanted
    ]
    return cast(
        ir.BooleanValue, ibis.or_(*(levels.contains(f">{one}>") for one in plain))
    )


def _same(
    table: ir.Table, wanted: dict[str, Any], names: tuple[str, ...]
) -> list[ir.BooleanValue]:
    return [table[name].isin(wanted[name]) for name in names if wanted.get(name)]


def _name(name: str) -> str:
    labels = {field.name: str(field.label) for field in (*ITEM_FIELDS, *WHICH)}
    return labels.get(name, name)


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return _(" or ").join(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:g}" if isinstance(value, int | float) else str(value)
