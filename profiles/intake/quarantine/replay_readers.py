"""What a refused row of each kind means once it is put right."""

from collections.abc import Callable
from typing import Any

from profiles.intake.sources import source_webhooks
from profiles.intake.sources.contract import Meant
from profiles.models import Customer, QuarantinedRow


def _customer_of_file(_row: QuarantinedRow, fixed: dict[str, Any]) -> Meant:
    traits = {
        name: value
        for name, value in fixed.items()
        if name != "customer_id" and value not in (None, "")
    }
    return Meant(
        [{"type": "identify", "userId": fixed.get("customer_id"), "traits": traits}]
    )


def _event_of_file(_row: QuarantinedRow, fixed: dict[str, Any]) -> Meant:
    known = {
        "type": "event",
        "customer_id": "userId",
        "anonymous_id": "anonymousId",
        "at": "timestamp",
        "event_id": "messageId",
    }
    said = {ours: fixed.get(name) or None for name, ours in known.items()}
    properties = {
        name: value
        for name, value in fixed.items()
        if name not in (*known, "email") and value not in (None, "")
    }
    if address := fixed.get("email"):
        said["context"] = {"traits": {"email": address}}
    return Meant([{**said, "type": "track", "properties": properties}])


def _fact(row: QuarantinedRow, fixed: dict[str, Any]) -> Meant:
    """An event that was refused as it was stored: its customer stands there by our own
    key, or by the shop's id.
    """
    customer = fixed.get("customer")
    if isinstance(customer, int):
        known = Customer.objects.filter(pk=customer).values_list(
            "external_id", flat=True
        )
        customer = known.first()
    properties = fixed.get("properties") or {}
    return _event_of_file(
        row,
        {
            **properties,
            **fixed,
            "properties": None,
            "customer": None,
            "customer_id": customer,
            "line": None,
        },
    )


def _consent_of_file(_row: QuarantinedRow, fixed: dict[str, Any]) -> Meant:
    statement = {name: value for name, value in fixed.items() if name != "customer_id"}
    return Meant(
        [
            {
                "type": "identify",
                "userId": fixed.get("customer_id"),
                "consents": [statement],
            }
        ]
    )


READERS: dict[str, Callable[[QuarantinedRow, Any], Meant]] = {
    "messages": lambda _row, message: Meant([message]),
    "items": lambda _row, item: Meant(items=[item]),
    "webhooks": lambda row, heard: source_webhooks.meaning_again(row.source, heard),
    "facts": _fact,
    "customers": _customer_of_file,
    "events": _event_of_file,
    "consents": _consent_of_file,
}
