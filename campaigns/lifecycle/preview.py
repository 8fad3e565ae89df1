"""Words as a customer would read them: of a campaign's version, or of a template that
no campaign uses yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import Content, stored
from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.sample_customers import STRANGER, contexts, customers_of
from campaigns.models import CampaignVersion
from campaigns.rendering import template_library
from campaigns.rendering.compose import preview
from campaigns.rendering.design.expand import expanded
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.rendered import Rendered
from campaigns.rendering.template_cache import VersionWords
from profiles.models import Customer
from retention_site.lib.admin.masking import masked

NAMES = ("first_name", "last_name", "full_name")

OFFER = {
    "pool": "sample",
    "cap": 1,
    "budget": "5",
    "value": {"policy": "fixed", "amount": 5},
}


@dataclass(frozen=True)
class Looked:
    """One message as one customer would get it, or why it can't be said."""

    customer: Customer | None  # None: of whom nothing is known
    language: str  # of the reader
    said: Rendered | None = None
    problem: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)  # what filled the words


def look(
    content: Content,
    arm: str,
    channel: str,
    customer: Customer | None,
    language: str = "",
    *,
    hides_names: bool = False,
) -> Looked:
    """Fill the words of an arm's channel for a customer; ``language`` stands in the
    place of the customer's own.

    Not everybody may read who a customer is; then names are masked.
    """
    chosen = content.arm(arm) or content.arms[0]
    samples = contexts(content, chosen, [customer.pk] if customer else [])
    wanted = customer.external_id if customer else STRANGER
    context = next(
        (one.context for one in samples if one.name == wanted), samples[-1].context
    )
    if hides_names:
        context = _without_names(context)
    reader = language or str((context.get("customer") or {}).get("language") or "")
    words = VersionWords(stored(content))
    try:
        said = preview(words.of(chosen.name, channel, reader), context)
    except WordsError as error:
        return Looked(customer, reader, problem=f"{error}", context=context)
    return Looked(customer, reader, said, context=context)


def _without_names(context: Mapping[str, Any]) -> dict[str, Any]:
    person = dict(context.get("customer") or {})
    names = {key: masked(person[key]) for key in NAMES if key in person}
    return {**context, "customer": {**person, **names}}


def content_of(version: CampaignVersion) -> Content:
    """Return what a version holds; raise `BadCampaign`."""
    return read(version.content)


def content_of_template(channel: str, parts: Mapping[str, Any]) -> Content:
    """Return a campaign of nothing but these words, so that they can be looked at;
    raise `WordsError`.
    """
    known = template_library.known()
    flat = template_library.compiled(expanded(parts, channel), known)
    raw = {
        "name": "sample",
        "trigger": {"kind": "api", "sample": {}},
        "channels": [channel],
        "recommendations": {},
        "offer": OFFER,
        "messages": {channel: flat},
        "partials": known,
    }
    try:
        return read(settle_words(raw))
    except BadCampaign as error:
        raise WordsError(str(error)) from None


def customer_named(text: str, content: Content | None = None) -> Customer | None:
    """Return the customer with this id or e-mail address; for no text the first one
    whom the campaign means.
    """
    known = Customer.objects.known()
    if text.strip():
        return (
            known.filter(external_id=text.strip()).first()
            or known.filter(email__iexact=text.strip()).first()
        )
    found = (
        customers_of(content, 1)
        if content
        else list(known.order_by("pk").values_list("pk", flat=True)[:1])
    )
    return Customer.objects.filter(pk__in=found).first()
