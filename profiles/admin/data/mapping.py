"""The field mapping of a source: which field of a payload is which, tried on a sample
while one types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.intake.attribute_names import Reading
from profiles.intake.quarantine.nested_fields import leaves, names_of
from profiles.intake.sources import source_webhooks
from profiles.intake.sources.contract import Shop, Source
from profiles.intake.sources.mapped import LINES, TRAITS, at_path
from profiles.intake.sources.preview import Preview, errors_of, preview
from profiles.models import InboundSource, QuarantinedRow
from retention_site.lib import registry
from retention_site.lib.admin.words import plain
from retention_site.lib.clock import now, shop_zone

EMPTY_ROWS = 3  # for fields of one's own
MOST_PATHS = 300  # offered while one types
LONGEST = 200_000  # characters of a sample
Words = str | Promise
# Our fields in the order of thought: what, who, when, about which item; then the lines
# of an order.
KNOWN: tuple[tuple[str, Words], ...] = (
    (
        "type",
        gettext_lazy(
            "What happened: a path, or a word in quotes such as 'purchase', 'identify'"
            " or 'item'"
        ),
    ),
    ("customer_id", gettext_lazy("The shop's id of the customer")),
    ("email", gettext_lazy("E-mail address")),
    ("phone", gettext_lazy("Phone number")),
    ("at", gettext_lazy("When it happened")),
    ("event_id", gettext_lazy("An id of its own, so that it is stored once")),
    ("order_id", gettext_lazy("The order's id")),
    ("item_id", gettext_lazy("The item's id")),
    ("quantity", gettext_lazy("How many")),
    ("price", gettext_lazy("Charged for one")),
    ("currency", gettext_lazy("Currency, such as 'EUR'")),
    (LINES, gettext_lazy("The list of the order's lines")),
    (f"{LINES}.item_id", gettext_lazy("In each line: the item's id")),
    (f"{LINES}.quantity", gettext_lazy("In each line: how many")),
    (f"{LINES}.price", gettext_lazy("In each line: charged for one")),
)
OTHERS = (
    "anonymous_id",
    *TRAITS[2:],
    "discount",
    "coupon_code",
    "session_id",
    "text",
    f"{LINES}.discount",
)


@dataclass(frozen=True)
class Row:
    """One field of the mapping: where it is read, what the sample gives, what is wrong
    with that.
    """

    number: int
    name: str
    words: Words
    path: str
    reads: str
    errors: list[str]
    guess: str = ""

    @property
    def is_known(self) -> bool:
        return self.name in dict(KNOWN)


@dataclass(frozen=True)
class Tried:
    """A mapping on a sample: its rows, what the sample becomes, and the paths that
    could be named.
    """

    rows: list[Row]
    preview: Preview | None
    paths: list[tuple[str, str]]
    sample: str
    topic: str
    topics: tuple[str, ...]
    unreadable: str = ""


def view(request: HttpRequest, source: int) -> HttpResponse:
    """What the typed mapping makes of the typed sample, as a fragment of the page;
    nothing is kept.
    """
    kept = get_object_or_404(InboundSource, pk=source)
    tried = trial(
        kept,
        typed_mapping(request),
        request.POST.get("sample", ""),
        request.POST.get("topic", ""),
    )
    return render(
        request,
        "admin/panels/mapping_trial.html",
        {"tried": tried, "source": kept, "is_swap": True},
    )


def of_page(source: InboundSource, request: HttpRequest) -> Tried:
    """The kept mapping on the kept sample, or on the payload of a quarantined row that
    led here.
    """
    heard = _quarantined(source, request.GET.get("row", ""))
    sample = heard.get("payload") if heard else source.sample
    headers = heard.get("headers") if heard else {}
    topic = next(iter(headers.values()), "") if isinstance(headers, Mapping) else ""
    said = json.dumps(sample, ensure_ascii=False, indent=2) if sample else ""
    return trial(source, source.mapping, said, str(topic))


def trial(
    source: InboundSource, mapping: Mapping[str, str], sample: str, topic: str = ""
) -> Tried:
    """Try a mapping on a sample written as JSON."""
    kind: Source = registry.load("sources", source.kind)()
    topics = kind.topics()
    topic = topic or (topics[0] if topics else "")
    payload, unreadable = parsed(sample)
    found = (
        _preview(
            kind,
            payload,
            topic,
            replace(source_webhooks.shop_of(source), mapping=mapping),
        )
        if payload
        else None
    )
    paths = _paths(payload)
    return Tried(
        _rows(mapping, payload, found, paths),
        found,
        paths,
        sample,
        topic,
        topics,
        unreadable,
    )


def typed_mapping(request: HttpRequest) -> dict[str, str]:
    """Return our field → path, as typed; rows without a path or a name are left out."""
    pairs = zip(
        request.POST.getlist("field"), request.POST.getlist("path"), strict=False
    )
    return {
        name.strip(): path.strip()
        for name, path in pairs
        if name.strip() and path.strip()
    }


def parsed(sample: str) -> tuple[dict[str, Any], str]:
    """Return the object that a sample writes down, and why it can't be read."""
    if not sample.strip():
        return {}, ""
    if len(sample) > LONGEST:
        return {}, _("The sample is longer than %(n)s characters.") % {"n": LONGEST}
    try:
        found = json.loads(sample)
    except ValueError as error:
        return {}, _("The sample is not JSON yet: %(error)s") % {"error": error}
    return (
        (found, "")
        if isinstance(found, dict)
        else ({}, _("The sample must be one JSON object: { … }"))
    )


def _preview(
    kind: Source, payload: Mapping[str, Any], topic: str, shop: Shop
) -> Preview:
    value = topic if kind.topics() else "sample"
    headers = dict.fromkeys(kind.reads_headers, value)
    return preview(
        kind, payload, headers, shop, Reading(now(), shop_zone(), settings.SHOP_COUNTRY)
    )


def _rows(
    mapping: Mapping[str, str],
    payload: Mapping[str, Any],
    found: Preview | None,
    paths: list[tuple[str, str]],
) -> list[Row]:
    own = [(name, "") for name in mapping if name not in dict(KNOWN)]
    blank = [("", "")] * EMPTY_ROWS
    rows = []
    for number, (name, words) in enumerate((*KNOWN, *own, *blank)):
        path = mapping.get(name, "")
        errors = (
            errors_of(found, name)
            if found and name and (path or name in ("type", "customer_id"))
            else []
        )
        rows.append(
            Row(
                number,
                name,
                words,
                path,
                _reads(mapping, payload, name),
                errors,
                _guess(name, paths),
            )
        )
    return rows


def _reads(mapping: Mapping[str, str], payload: Mapping[str, Any], name: str) -> str:
    """Write what the sample gives for a field; of a line's field, what the first line
    gives.
    """
    if not mapping.get(name) or not payload:
        return ""
    inside: Any = payload
    if name.startswith(f"{LINES}."):
        lines = at_path(payload, mapping.get(LINES, ""))
        inside = lines[0] if isinstance(lines, list) and lines else {}
    value = at_path(inside, mapping[name])
    if isinstance(value, list | dict):
        return _("%(n)s entries") % {"n": len(value)}
    return (
        ""
        if value is None
        else str(value)
        if not isinstance(value, bool)
        else plain(value)
    )


def _paths(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the paths of a sample with an example each."""
    found = [
        (".".join(place), plain(value)) for place, value in leaves(payload) if place
    ]
    return found[:MOST_PATHS]


def _guess(name: str, paths: list[tuple[str, str]]) -> str:
    """Offer the first path whose last name is the field's, as what an empty field shows
    in grey.
    """
    names = (
        {one.lower() for one in names_of(name)}
        if name and not name.startswith(LINES)
        else set()
    )
    return next(
        (path for path, _value in paths if path.rsplit(".", 1)[-1].lower() in names), ""
    )


def _quarantined(source: InboundSource, pk: str) -> Mapping[str, Any]:
    rows = QuarantinedRow.objects.filter(source=source.slug, kind="webhooks")
    row = rows.filter(pk=pk).first() if pk.isdecimal() else None
    return row.latest if row else {}
