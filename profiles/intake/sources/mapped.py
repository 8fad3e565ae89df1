"""Any system's webhook, signed by Standard Webhooks, read by a mapping that a person
wrote: our field ← path there.

Paths are dotted (`order.customer.id`, `items.0.sku`); a value in quotes stands for
itself. ``lines`` names a list whose members are the products of an order; the mapping's
fields that begin with ``lines.`` are read inside each of them.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from profiles.intake import values
from profiles.intake.sources.contract import Meant, Payload, Shop, Source, some, text_of
from profiles.intake.values import MISSING, Refused
from retention_site.lib.security.signatures import Headers, named, standard

WHO = {"customer_id": "userId", "anonymous_id": "anonymousId"}
TRAITS = "email phone first_name last_name country region language time_zone signed_up_at".split()
MESSAGE = {"event_id": "messageId", "at": "timestamp"}
ITEM = "item"  # what the mapping's type is when the payload describes an item
LINES = "lines"
# that may hold the tax
AMOUNTS = ("price", "discount", "revenue", "subtotal", "total", "amount")


class Mapped(Source):
    """Reads payloads by the mapping of its row; preview it with `meaning` on a sample."""

    title = "Webhook"
    setup = (
        _("Let the other system post JSON to this address, one object a call."),
        _(
            "It signs by Standard Webhooks with the secret shown here: webhook-id,"
            " webhook-timestamp and -signature."
        ),
        _(
            "Say below which field of its payload is which. By the webhook-id nothing"
            " is stored twice."
        ),
    )
    is_mapped = True
    reads_headers = ("webhook-id", "svix-id")

    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        return standard(secret, raw, headers)

    def delivery_id(self, headers: Headers) -> str:
        return named(headers, "id")

    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        said = {
            field: at_path(payload, path)
            for field, path in shop.mapping.items()
            if not field.startswith(f"{LINES}.")
        }
        kind = text_of(said.pop("type", None))
        if not kind:
            raise Refused("type", MISSING)
        if kind == ITEM:
            return Meant(items=[some(**said)])
        message = {
            ours: said.pop(field, None) for field, ours in (WHO | MESSAGE).items()
        }
        message["messageId"] = message["messageId"] or named(headers, "id") or None
        traits = some(**{name: said.pop(name, None) for name in TRAITS})
        products = [
            _as_revenue(one, shop)
            for one in _products(said.pop(LINES, None), shop.mapping)
        ]
        said = _as_revenue(said, shop)
        if kind == "identify":
            return Meant(
                [some(**message) | {"type": kind, "traits": traits | some(**said)}]
            )
        properties = some(**said) | ({"products": products} if products else {})
        return Meant(
            [
                some(**message)
                | {
                    "type": "track",
                    "event": kind,
                    "context": {"traits": traits},
                    "properties": properties,
                }
            ]
        )


def _products(lines: Any, mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    inside = {
        field.removeprefix(f"{LINES}."): path
        for field, path in mapping.items()
        if field.startswith(f"{LINES}.")
    }
    if not isinstance(lines, list):
        return []
    return [
        some(**{field: at_path(line, path) for field, path in inside.items()})
        for line in lines
    ]


def _as_revenue(said: Mapping[str, Any], shop: Shop) -> dict[str, Any]:
    """Read amounts with their tax or without, as the shop counts revenue, where the
    source's setting says which.
    """
    if shop.has_tax is None:
        return dict(said)
    amounts = {name: said[name] for name in AMOUNTS if said.get(name) not in (None, "")}
    read = {
        name: values.number(amount, name, places=8) for name, amount in amounts.items()
    }
    told = {
        name: str(shop.revenue(one, None, has_tax=shop.has_tax))
        for name, one in read.items()
        if one is not None
    }
    return {**said, **told}


def at_path(payload: Any, path: Any) -> Any:
    """Return the value at a dotted path, None where there is none; words in quotes are
    themselves.
    """
    path = text_of(path)
    if len(path) > 1 and path[0] == path[-1] and path[0] in "'\"":
        return path[1:-1]
    found = payload
    for name in path.split(".") if path else []:
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found
