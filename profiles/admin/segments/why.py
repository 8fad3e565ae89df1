"""Why a customer is in a segment, or not: each part of the rule with what it rests on,
group by group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from profiles.models import Customer, Segment
from profiles.segments import BadRule, explain
from profiles.segments.builder.choices import PERSONAL as KEYS
from profiles.segments.compiled import read
from retention_site.lib.admin.pages import person as signed_in

from ..rights import PERSONAL
from ..traits import value_words

VERDICTS: dict[str, Callable[[list[bool]], bool]] = {
    "all": all,
    "any": any,
    "none": lambda held: not any(held),
}


@dataclass(frozen=True)
class Part:
    """One part of a rule for one customer; ``speaks_for`` says whether it argues for
    being in the segment.
    """

    words: str
    holds: bool
    value: str = ""
    is_wanted: bool = True  # False inside "none of": there it must not hold
    parts: list[Part] = field(default_factory=list)

    @property
    def speaks_for(self) -> bool:
        return self.holds == self.is_wanted


def why(request: HttpRequest, segment: int, customer: int) -> HttpResponse:
    """The parts of the rule for one customer, as a fragment of a page."""
    kept, person = (
        get_object_or_404(Segment, pk=segment),
        get_object_or_404(Customer, pk=customer),
    )
    try:
        may_read = signed_in(request).has_perm(PERSONAL)
        whole = explained(kept.rule, person.pk, is_masked=not may_read)
    except BadRule:
        whole = None
    return render(
        request,
        "admin/panels/why.html",
        {"whole": whole, "customer": person, "segment": kept},
    )


def explained(
    rule: Mapping[str, Any], customer: int, *, is_masked: bool = False
) -> Part:
    """Explain a rule for a customer; raise `BadRule`. Addresses and last names are left
    out where they are masked.
    """
    reasons = {reason.place: reason for reason in explain(rule, customer)}
    if is_masked:
        hidden = {
            leaf.place
            for leaf in read(rule).leaves()
            if leaf.predicate.values.get("key") in KEYS
        }
        reasons |= {
            place: replace(reasons[place], value=None)
            for place in hidden & reasons.keys()
        }
    return _part(rule, reasons, "", is_wanted=True)


def _part(
    rule: Mapping[str, Any], reasons: Mapping[str, Any], place: str, *, is_wanted: bool
) -> Part:
    word = next((word for word in VERDICTS if word in rule), None)
    if word is None:
        reason = reasons[place or "is"]
        value = (
            ""
            if reason.value is None
            else value_words(str(rule.get("key", "")), reason.value)
        )
        return Part(reason.words, reason.holds, value, is_wanted)
    prefix = f"{place}." if place else ""
    inside = [
        _part(
            one,
            reasons,
            f"{prefix}{word}[{n}]",
            is_wanted=is_wanted != (word == "none"),
        )
        for n, one in enumerate(rule[word])
    ]
    words = {
        "all": _("all of these"),
        "any": _("at least one of these"),
        "none": _("none of these"),
    }[word]
    return Part(
        words, VERDICTS[word]([part.holds for part in inside]), "", is_wanted, inside
    )
