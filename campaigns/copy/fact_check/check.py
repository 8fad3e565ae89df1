"""Check a finished text against its facts, whoever wrote it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.copy.fact_check import codes, links, mentions, required, sentences
from campaigns.copy.fact_check.amounts import amounts
from campaigns.copy.fact_check.calendar import dates, relative_time
from campaigns.copy.fact_check.claims import claims, promotions, urgency
from campaigns.copy.fact_check.draft import Draft, Problem
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.people import names, personal_data
from campaigns.copy.fact_check.products import other_products, products
from campaigns.copy.fact_check.text_quality import (
    languages,
    leaks,
    lengths,
    loops,
    placeholders,
)

LONGEST = 50_000  # letters: a longer text is refused unread


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a text; nothing where it may go out."""

    problems: tuple[Problem, ...]

    @property
    def is_ok(self) -> bool:
        return not self.problems


def check(text: str, facts: Facts) -> Verdict:
    """Return what the facts don't bear, in the order of the text.

    Each step explains or flags letters, so the order matters: exact mentions first, then
    what has a shape of its own, numbers after all that may hold digits, words last.
    """
    draft = Draft(text[:LONGEST])
    told: set[str] = set()
    if links.check(draft, facts):
        told.add("link")
    placeholders.check(draft)
    told |= {name for name, n in mentions.explain(draft, facts).items() if n}
    leaks.check(draft)
    claims.gifts_and_delivery(draft, facts, told)
    codes.check(draft, facts)
    if products.shortened(draft, facts.product.title):
        told.add("product")
    personal_data.check(draft, facts)
    claims.check(draft, facts)
    _times_and_amounts(draft, facts, told)
    names.check(draft, facts, is_named="name" in told, is_signed="shop" in told)
    languages.check(draft, facts.language)
    other_products.check(draft, facts.product.title, is_named="product" in told)
    if facts.language != "en":
        languages.latin(draft)
    loops.check(draft, facts.language)
    if required.opt_out(draft):
        told.add("opt_out")
    required.check(draft, facts, told)
    lengths.check(draft, facts.channel)
    return Verdict(tuple(sorted(sentences.whole(draft))))


def _times_and_amounts(draft: Draft, facts: Facts, told: set[str]) -> None:
    if promotions.check(draft, facts):
        told.add("value")
    urgency.check(draft, facts)
    is_end_told = [dates.check(draft, facts), relative_time.check(draft, facts)]
    if any(is_end_told):
        told |= {"ends", "starts"}
    told |= amounts.check(draft, facts)
