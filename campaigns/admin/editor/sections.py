"""What the editor asks, in the order of thought: goal, audience, offer, message, test,
when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.editor import offered
from campaigns.admin.editor.drawn import Field, Group, Section
from campaigns.admin.editor.form import shown
from campaigns.admin.editor.message_fields import message_section
from campaigns.admin.editor.start_fields import when_section
from campaigns.admin.editor.values import DEFAULT_ARMS, get

OFFERS = (
    ("none", gettext_lazy("No coupon")),
    ("fixed", gettext_lazy("The same coupon for everybody")),
    (
        "by_price_sensitivity",
        gettext_lazy("By price sensitivity"),
        gettext_lazy("Who buys at full price anyway gets the smallest."),
    ),
    (
        "by_rule",
        gettext_lazy("By spend, frequency and price sensitivity"),
        gettext_lazy("More for whoever spends much and comes rarely."),
    ),
    (
        "values",
        gettext_lazy("Compare several values"),
        gettext_lazy("Each value is an arm of the test."),
    ),
)
KINDS = (
    ("marketing", gettext_lazy("Marketing")),
    ("transactional", gettext_lazy("Transactional: the customer's own business")),
)


def sections(document: Mapping[str, Any]) -> list[Section]:
    """Return the sections for a document; which fields there are follows from it."""
    return [
        _goal(),
        _audience(document),
        offer_section(document),
        message_section(document),
        _test(document),
        when_section(document),
    ]


def _goal() -> Section:
    metrics = offered.metrics()
    fields = [
        Field("name", _("Name of the campaign"), is_wide=True),
        Field(
            "goal.words",
            _("What should change?"),
            empty=_("Customers who stay away shop again"),
            is_wide=True,
        ),
        Field("goal.metrics", _("Measured by"), "checks", metrics, is_wide=True),
        Field("goal.window_days", _("Within"), "number", unit=_("days")),
    ]
    more = Group(_("More"), [Field("kind", _("Kind"), "select", KINDS)], is_folded=True)
    return Section("goal", _("Goal"), "flag", [Group(fields=fields), more])


def _audience(document: Mapping[str, Any]) -> Section:
    if shown(document, "start") == "trigger":
        about = _("The trigger below names each customer when something happens.")
        return Section("audience", _("Audience"), "groups", [], about)
    known = offered.segments()
    fields = [
        Field("segment.in", _("Segments"), "checks", known, is_wide=True),
        Field("segment.but_not", _("But not"), "checks", known, is_wide=True),
    ]
    found = document.get("segment")
    about = ""
    if isinstance(found, Mapping) and not shown(document, "segment.in"):
        about = offered.rule_words(found)
    link = (offered.address("admin:profiles_segment_add"), _("New segment"))
    topic = Field(
        "topic",
        _("Topic of the consent"),
        empty=_("all topics"),
        suggests=offered.topics(),
    )
    groups = [
        Group(fields=fields, about=about, link=link if link[0] else None),
        Group(_("More"), [topic], is_folded=True),
    ]
    return Section("audience", _("Audience"), "groups", groups)


def offer_section(document: Mapping[str, Any], *, with_values: bool = True) -> Section:
    """Ask for the coupon; several values to compare need arms to compare them in."""
    kind = shown(document, "offer.kind")
    groups = [Group(fields=[_offer_kind(OFFERS if with_values else OFFERS[:-1])])]
    if kind != "none":
        groups += [Group(fields=[*_worth(str(kind)), *_pool()])]
        groups += [Group(_("More"), _offer_more(), is_folded=True)]
    return Section("offer", _("Offer"), "confirmation_number", groups)


def _offer_kind(ways: tuple[Any, ...]) -> Field:
    return Field("offer.kind", _("Coupon"), "radio", ways, redraws=True, is_wide=True)


def _worth(kind: str) -> list[Field]:
    money = settings.SHOP_CURRENCY
    if kind == "values":
        about = _("Numbers with commas between, such as 5, 10, 15.")
        return [
            Field("offer.values", _("Values"), about=about, unit=money, redraws=True)
        ]
    if kind in ("by_price_sensitivity", "by_rule"):
        return [
            Field("offer.value.smallest", _("Smallest"), "number", unit=money),
            Field("offer.value.largest", _("Largest"), "number", unit=money),
        ]
    return [Field("offer.value.amount", _("Value"), "number", unit=money)]


def _pool() -> list[Field]:
    return [
        Field("offer.pool", _("Pool"), suggests=offered.pools()),
        Field("offer.cap", _("Coupons, at most"), "number"),
        Field(
            "offer.budget", _("Money, at most"), "number", unit=settings.SHOP_CURRENCY
        ),
    ]


def _offer_more() -> list[Field]:
    exhausted = (
        ("hold", _("Hold the message")),
        ("send", _("Send it without a coupon")),
    )
    return [
        Field("offer.valid_days", _("Valid for"), "number", unit=_("days")),
        Field("offer.minimum_spend", _("From a basket of"), "number"),
        Field("offer.when_exhausted", _("When the pool is empty"), "select", exhausted),
        Field("offer.stackable", _("Beside other coupons of an order"), "flag"),
    ]


def _test(document: Mapping[str, Any]) -> Section:
    holdout = Field(
        "holdout",
        _("Held out"),
        "number",
        unit="%",
        about=_("They get nothing, by lot. The effect is measured against them."),
    )
    groups = [Group(fields=[holdout])]
    arms = document.get("arms")
    arms = arms if isinstance(arms, list) and arms else list(DEFAULT_ARMS)
    if len(arms) > 1:
        groups += [_arm(document, number) for number in range(1, len(arms) + 1)]
        if shown(document, "start") != "trigger":
            groups.append(Group(fields=[_learns()]))
    more = [
        Field("global_holdout", _("The global holdout is left alone here too"), "flag")
    ]
    groups.append(Group(_("More"), more, is_folded=True))
    adds = ("add_arm", _("Add a variant"))
    return Section("test", _("Test"), "science", groups, adds=adds)


def _learns() -> Field:
    about = _("Weights follow what earlier runs showed.")
    return Field("learns", _("Learns"), "flag", about=about)


def _arm(document: Mapping[str, Any], number: int) -> Group:
    place = f"arms.{number}"
    fields = [
        Field(f"{place}.name", _("Name")),
        Field(f"{place}.weight", _("Weight"), "number"),
    ]
    if isinstance(document.get("offer"), Mapping):
        fields.append(Field(f"{place}.offer", _("With the coupon"), "flag"))
        fields.append(
            Field(
                f"{place}.value.amount",
                _("Value of its own"),
                "number",
                unit=settings.SHOP_CURRENCY,
            )
        )
    own = get(document, f"{place}.messages")
    about = _("Says something of its own.") if own else ""
    title = _("Variant %(letter)s") % {"letter": letter(number)}
    return Group(title, fields, about=about, removes=f"remove_arm:{number}")


def letter(number: int) -> str:
    """Name a variant: A, B, C; the 27th by its number."""
    return chr(64 + number) if number <= 26 else str(number)
