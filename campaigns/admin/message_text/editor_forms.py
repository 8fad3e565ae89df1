"""What the editor's forms ask of each block: drawn in the browser, held by the schema."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.message_parts import PARTS
from campaigns.rendering.design.facts import FACTS

ICONS = {
    "heading": "title",
    "text": "notes",
    "image": "image",
    "button": "smart_button",
    "products": "shopping_bag",
    "coupon": "confirmation_number",
    "last_viewed": "visibility",
    "order": "receipt_long",
    "divider": "horizontal_rule",
    "columns": "view_column",
    "social": "share",
    "footer": "call_to_action",
}
SMALL = ("heading", "text", "image", "button", "divider")


def _field(key: str, label: str, widget: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "widget": widget, **more}


def _choice(key: str, label: str, **options: str) -> dict[str, Any]:
    return _field(key, label, "choice", options=list(options.items()))


def _align() -> dict[str, Any]:
    return _choice(
        "align", _("Align"), left=_("Left"), center=_("Middle"), right=_("Right")
    )


def _number(key: str, label: str, least: int, most: int) -> dict[str, Any]:
    return _field(key, label, "number", least=least, most=most)


def kinds() -> list[dict[str, Any]]:
    """Return every block with its name, its form and what a new one holds."""
    forms, new = _forms(), _new()
    return [
        {
            "kind": kind,
            "icon": ICONS[kind],
            "label": label,
            "is_small": kind in SMALL,
            "fields": forms[kind],
            "new": {"kind": kind, **new[kind]},
        }
        for kind, label in _labels().items()
    ]


def _labels() -> dict[str, str]:
    return {
        "heading": _("Heading"),
        "text": _("Text"),
        "image": _("Image"),
        "button": _("Button"),
        "products": _("Products"),
        "coupon": _("Coupon"),
        "last_viewed": _("Last viewed"),
        "order": _("Order"),
        "divider": _("Divider"),
        "columns": _("Columns"),
        "social": _("Social links"),
        "footer": _("Footer"),
    }


def _forms() -> dict[str, list[dict[str, Any]]]:
    title = _field("title", _("Title"), "line")
    return {
        "heading": [
            _field("text", _("Words"), "line"),
            _choice("level", _("Size"), **{"1": _("Large"), "2": _("Small")}),
            _align(),
        ],
        "text": [
            _field("text", _("Words"), "paragraphs"),
            _align(),
            _field("is_small", _("Small print"), "check"),
        ],
        "image": [
            _field("image", _("Picture"), "image"),
            _field(
                "alt",
                _("Alt text"),
                "text",
                note=_("Read out to whoever can't see the picture."),
            ),
            _field("is_decorative", _("Only decorates: needs no alt text"), "check"),
            _field("link", _("Leads to"), "link"),
            _number("width", _("Width (per cent)"), 10, 100),
            _align(),
        ],
        "button": [
            _field("text", _("Words"), "line"),
            _field("link", _("Leads to"), "link"),
            _choice("look", _("Look"), filled=_("Filled"), outlined=_("Outlined")),
            _align(),
        ],
        "products": [
            title,
            _number("most", _("At most"), 1, 12),
            _choice("columns", _("Side by side"), **{"1": "1", "2": "2", "3": "3"}),
            _field("has_price", _("Show prices"), "check"),
            _field("has_reason", _("Say why each is shown"), "check"),
        ],
        "coupon": [
            _field("text", _("What it is worth"), "line"),
            _field("note", _("Small print"), "line"),
        ],
        "last_viewed": [title, _number("most", _("At most"), 1, 6)],
        "order": [title, _field("total", _("Word for the total"), "text")],
        "divider": [
            _choice(
                "space",
                _("Space"),
                small=_("Small"),
                medium=_("Medium"),
                large=_("Large"),
            ),
            _field("has_line", _("Draw a line"), "check"),
        ],
        "columns": [_field("columns", _("Columns"), "columns")],
        "social": [_field("links", _("Links"), "social")],
        "footer": [
            _field("text", _("Words"), "paragraphs"),
            _field("unsubscribe", _("Word for opting out"), "text"),
            _field("preferences", _("Word for choosing"), "text"),
        ],
    }


def _new() -> dict[str, dict[str, Any]]:
    """What a block holds when it is put in: something to change, never nothing."""
    space = {"text": " "}
    return {
        "heading": {"text": [{"text": _("A heading")}], "level": 1, "align": "left"},
        "text": {
            "text": [[{"text": _("Write something.")}]],
            "align": "left",
            "is_small": False,
        },
        "image": {
            "image": "",
            "url": "",
            "alt": "",
            "is_decorative": False,
            "link": "",
            "width": 100,
            "align": "center",
        },
        "button": {
            "text": [{"text": _("Go to the shop")}],
            "link": "shop",
            "align": "left",
            "look": "filled",
        },
        "products": {
            "title": [{"text": _("Chosen for you")}],
            "most": 3,
            "columns": 1,
            "has_price": True,
            "has_reason": True,
        },
        "coupon": {
            "text": [{"fact": "amount", "otherwise": ""}, space, {"text": _("off")}],
            "note": [
                {"text": _("valid until")},
                space,
                {"fact": "valid_until", "otherwise": ""},
            ],
        },
        "last_viewed": {"title": [{"text": _("You looked at")}], "most": 3},
        "order": {
            "title": [
                {"text": _("Your order")},
                space,
                {"fact": "order_number", "otherwise": ""},
            ],
            "total": _("Total"),
        },
        "divider": {"space": "medium", "has_line": True},
        "columns": {"columns": [{"blocks": []}, {"blocks": []}]},
        "social": {"links": [{"name": "Instagram", "link": ""}]},
        "footer": {
            "text": [
                [
                    {"text": _("You get this because you agreed to hear from")},
                    space,
                    {"fact": "shop", "otherwise": ""},
                    {"text": _(".")},
                ]
            ],
            "unsubscribe": _("Unsubscribe"),
            "preferences": _("Choose what you get"),
        },
    }


def facts() -> list[dict[str, Any]]:
    """Return the chips that a text may hold, with the default each begins with."""
    labels = {
        "name": (_("First name"), _("friend")),
        "full_name": (_("Full name"), _("friend")),
        "product": (_("Product"), _("something you may like")),
        "product_price": (_("Product's price"), ""),
        "viewed": (_("Last viewed product"), _("what you looked at")),
        "amount": (_("Coupon's amount"), ""),
        "code": (_("Coupon's code"), ""),
        "valid_until": (_("Coupon's last day"), ""),
        "minimum": (_("Smallest order"), ""),
        "order_number": (_("Order number"), ""),
        "order_total": (_("Order total"), ""),
        "points": (_("Points"), ""),
        "points_expiring": (_("Points about to expire"), ""),
        "points_expire_on": (_("First points' last day"), ""),
        "tier": (_("Tier"), _("member")),
        "last_seen": (_("Last visit"), _("a while ago")),
        "date": (_("Today's date"), ""),
        "shop": (_("Shop's name"), ""),
    }

    return [
        {
            "key": key,
            "label": label,
            "otherwise": otherwise,
            "is_always_there": FACTS[key].is_always_there,
        }
        for key, (label, otherwise) in labels.items()
    ]


def link_choices() -> list[tuple[str, str]]:
    """Return where a link may lead besides an address."""
    return [
        ("shop", _("The shop")),
        ("product", _("The first recommended product")),
        ("viewed", _("The product viewed last")),
        ("preferences", _("Choosing what one gets")),
        ("unsubscribe", _("Opting out")),
    ]


def lines(channel: str) -> list[dict[str, Any]]:
    """Return the short parts of a channel's messages."""
    labels = {
        "subject": _("Subject"),
        "preheader": _("Preheader"),
        "title": _("Title"),
        "text": _("Text"),
        "url": _("Link"),
        "image": _("Picture's address"),
        "collapse": _("Takes the place of older ones named"),
    }

    written = [
        part
        for part in PARTS[channel]
        if not part.is_html and not (channel == "email" and part.key == "text")
    ]
    return [
        {
            "key": part.key,
            "label": labels.get(part.key, part.key),
            "widget": "line" if part.is_one_line else "lines",
            "is_required": part.is_required,
        }
        for part in written
    ]


def starters() -> dict[str, list[dict[str, Any]]]:
    """Return what a new letter may begin with, by key."""
    new = {one["kind"]: one["new"] for one in kinds()}
    return {
        "letter": _numbered([new[k] for k in ("heading", "text", "button", "footer")]),
        "offer": _numbered(
            [
                new[k]
                for k in ("heading", "text", "coupon", "products", "button", "footer")
            ]
        ),
        "empty": _numbered([new["footer"]]),
    }


def _numbered(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**block, "id": f"b{n}"} for n, block in enumerate(blocks, 1)]


def sentences() -> dict[str, str]:
    """Return what the scripts of the page say."""
    return {
        "everybody": _("everybody"),
        "offline": _("No connection. It is kept here and saved later."),
        "up": _("Move up"),
        "down": _("Move down"),
        "duplicate": _("Duplicate"),
        "delete": _("Delete"),
        "add": _("Add"),
        "default": _("For those without it"),
        "remove": _("Take out"),
        "fact": _("Fact"),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "link": _("Link"),
        "address": _("An address …"),
        "nowhere": _("Nowhere"),
        "choose": _("Choose a picture"),
        "change": _("Another picture"),
        "column": _("Column"),
        "add_column": _("Third column"),
        "drop_column": _("Take the column out"),
        "name": _("Name"),
        "done": _("Done"),
        "nothing": _("Nothing is chosen. Click a block in the mail or in the list."),
        "moved": _("Moved to place %s."),
        "block": _("Block"),
        "opening": _("Suggest an opening…"),
        "failed": _("That did not work. Try again."),
    }
