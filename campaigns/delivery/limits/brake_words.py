"""What a brake says of itself, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.delivery.limits.sending_figures import Figure
from campaigns.models import Brake
from retention_site.lib.admin.words import count, number, rate


def why(one: Brake | Figure) -> str:
    """Say what went wrong, of how many, how surely, and what the limit is."""
    said = {
        "n": count(one.n),
        "of": count(one.of),
        "days": one.days,
        "what": Brake.Kind(one.kind).label,
    }
    if one.kind == Brake.Kind.VOLUME:
        words = _(
            "%(n)s messages in a day, surely %(least)s times the busiest usual day"
            " (%(of)s); the limit is %(limit)s times."
        )
        said |= {"least": number(one.at_least, 1), "limit": number(one.limit, 1)}
        return words % said
    words = ngettext(
        "%(n)s %(what)s of %(of)s messages within %(days)s day, surely %(least)s; the"
        " limit is %(limit)s.",
        "%(n)s %(what)s of %(of)s messages within %(days)s days, surely %(least)s; the"
        " limit is %(limit)s.",
        one.days,
    )
    said |= {"least": rate(one.at_least, 2), "limit": rate(one.limit, 2)}
    return words % said
