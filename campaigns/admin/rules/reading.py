"""Read what the forms of rules send, and change a rule with the trail of how it was."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.content.shop_rules import BadRule
from retention_site.lib.admin.pages import note_act, person


def number(request: HttpRequest, name: str) -> Decimal:
    """Read a number as people write it; raise `BadRule`."""
    said = request.POST.get(name, "").strip().rstrip("%").strip().replace(",", ".")
    try:
        found = Decimal(said)
    except InvalidOperation:
        raise BadRule(_("This value can't be read.")) from None
    if not found.is_finite():
        raise BadRule(_("This value can't be read."))
    return found


def percent(request: HttpRequest, name: str) -> float:
    """Read a share that is written in per cent."""
    return float(number(request, name)) / 100


def whole(request: HttpRequest, name: str) -> int:
    """Read a whole number; 0 where it is none."""
    said = request.POST.get(name, "")
    is_whole = said.isascii() and said.isdigit() and len(said) < 16
    return int(said) if is_whole else 0


def change(request: HttpRequest, key: str, value: Any) -> None:
    """Decide a rule; the audit trail is told how it was before. Raise `BadRule`."""
    before = shop_rules.row(key)
    if not shop_rules.change(key, value, by=person(request)):
        return  # as it was
    note_act(
        request,
        before={key: before.value if before else None},
        after={key: value},
    )
