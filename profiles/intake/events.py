"""An event on its way in, whatever it came from: a file, the tracking API, a webhook or
our own campaigns.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EventIn:
    """One fact about one customer; ``customer`` is a primary key or the shop's own id.

    ``event_id`` names the fact: the same id is stored once, for ever. ``price`` is what
    one unit cost after discounts, ``discount`` what was taken off the whole line;
    ``line`` is where it stood in its file or batch.
    """

    customer: int | str
    type: str
    at: datetime
    event_id: str
    item_id: str | None = None
    order_id: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    currency: str | None = None
    campaign_id: str | None = None
    coupon_code: str | None = None
    session_id: str | None = None
    text: str | None = None
    properties: Mapping[str, Any] | None = None
    line: int | None = None
    # which of the facts that ``event_id`` names, where it names many
    place: int | None = None


def event_key(event_id: str, place: int | None = None) -> UUID:
    """Return the 128-bit digest under which an event is stored once; facts of one id
    lie in their order.
    """
    digest = hashlib.sha256(event_id.encode()).digest()
    if place is None:
        return UUID(bytes=digest[:16])
    return UUID(bytes=digest[:13] + place.to_bytes(3, "big"))
