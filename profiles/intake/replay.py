"""Take a quarantined row in after a person put it right; whatever it came from, it is read as it would be today."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from profiles.intake import catalogue, payloads, tracking
from profiles.intake.attributes import Reading
from profiles.intake.values import Refused
from profiles.models import QuarantinedRow
from retention_site.lib.clock import now, shop_zone

Row = Mapping[str, Any]


class NotReplayable(ValueError):
    """Rows of this kind are put right in their file, which is imported again."""


@transaction.atomic
def replay(row: QuarantinedRow, fixed: Any) -> Refused | None:
    """Store a row as ``fixed`` and mark it resolved; return what is still wrong with it, None when it is stored.

    Twice is once: the row's own key names what it brings. Raise `NotReplayable` for kinds that files alone can bring.
    """
    if row.kind not in READERS:
        raise NotReplayable(f"Put {row.kind} right in their file and import it again.")
    try:
        READERS[row.kind](row, fixed)
    except Refused as refused:
        return refused
    QuarantinedRow.objects.filter(pk=row.pk).update(resolved_at=Now(), row=fixed)
    return None


def _message(row: QuarantinedRow, message: Any) -> None:
    """Store one tracking message; look first, so that a bad one is not put aside a second time."""
    payloads.read(message, Reading(now(), shop_zone(), settings.SHOP_COUNTRY))
    named = message if message.get("messageId") else message | {"messageId": f"quarantined {row.key}"}
    tracking.take([named], source=row.source)


def _item(row: QuarantinedRow, item: Any) -> None:
    catalogue.cleaned(item)
    catalogue.stock([item], source=row.source)


def _customer_of_file(row: QuarantinedRow, fixed: Row) -> None:
    traits = {name: value for name, value in fixed.items() if name != "customer_id" and value not in (None, "")}
    _message(row, {"type": "identify", "userId": fixed.get("customer_id"), "traits": traits})


def _event_of_file(row: QuarantinedRow, fixed: Row) -> None:
    known = {"type": "event", "customer_id": "userId", "anonymous_id": "anonymousId", "at": "timestamp",
             "event_id": "messageId"}  # fmt: skip
    said = {ours: fixed.get(name) or None for name, ours in known.items()}
    properties = {name: value for name, value in fixed.items() if name not in known and value not in (None, "")}
    _message(row, {**said, "type": "track", "properties": properties})


def _consent_of_file(row: QuarantinedRow, fixed: Row) -> None:
    statement = {name: value for name, value in fixed.items() if name != "customer_id"}
    _message(row, {"type": "identify", "userId": fixed.get("customer_id"), "consents": [statement]})


READERS: dict[str, Callable[[QuarantinedRow, Any], None]] = {
    "messages": _message,
    "items": _item,
    "customers": _customer_of_file,
    "events": _event_of_file,
    "consents": _consent_of_file,
}
