"""What a message may say of its offer, read from what its template is filled with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.copy.approval.voice import Voice
from campaigns.copy.fact_check.draft import HAN
from campaigns.copy.fact_check.facts import Facts, Offer


def facts_of(
    context: Mapping[str, Any], text: str, *, channel: str, at: datetime, voice: Voice
) -> Facts:
    """Return the facts that may bear out typed words: the customer's coupon, and what
    the shop has said that it can back.

    Few facts, so that many customers share them: a text is checked once for each offer.
    """
    coupon = context.get("coupon") or {}
    told = tuple(str(one) for one in coupon.values() if isinstance(one, str))
    return Facts(
        language="zh-hans" if HAN.search(text) else "en",
        channel=channel if channel in ("sms", "push") else "email",
        now=at.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0),
        shop=str((context.get("shop") or {}).get("name") or ""),
        offer=_offer(coupon),
        allowed_claims=(*voice.backed, *told),
        banned=voice.banned,
        known=told,
    )


def _offer(coupon: Mapping[str, Any]) -> Offer:
    try:
        value = Decimal(str(coupon.get("value") or ""))
    except InvalidOperation:
        return Offer()
    return Offer(kind="amount", value=value, code=str(coupon.get("code") or ""))
