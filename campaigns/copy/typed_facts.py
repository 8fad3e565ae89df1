"""A message check: facts that were typed by hand, which no chip bears out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.draft import BLOT, HAN, Problem
from campaigns.copy.fact_check.facts import Facts
from campaigns.rendering.design.schema import Design, Run
from campaigns.rendering.message_checks.checked import Checked, Finding, Level

MOST_NAMED = 8
READ = ("en", "zh")  # languages that the fact check reads
NO_WORDS = frozenset(["url", "image", "collapse"])  # lines that nobody reads
# What is warned of; links have a check of their own.
KINDS: dict[str, str | Promise] = {
    "claim": gettext_lazy("a claim"),
    "code": gettext_lazy("a code"),
    "date": gettext_lazy("a date"),
    "leak": gettext_lazy("words to a machine"),
    "loop": gettext_lazy("said twice"),
    "name": gettext_lazy("a name"),
    "number": gettext_lazy("a number"),
    "personal": gettext_lazy("about a person"),
    "placeholder": gettext_lazy("left to fill in"),
    "price": gettext_lazy("a price"),
    "product": gettext_lazy("a product"),
    "unit": gettext_lazy("a unit"),
    "urgency": gettext_lazy("haste"),
}


def typed_facts(checked: Checked) -> Iterator[Finding]:
    """Warn of each word typed by hand that only a chip could make true."""
    if checked.design is None or not _is_read(checked.language):
        return
    shop = str((checked.context.get("shop") or {}).get("name") or "")
    problems = (
        (block, one)
        for block, line in _lines(checked.design)
        for one in _problems(line, shop)
    )
    for block, one in islice(problems, MOST_NAMED):
        yield Finding(
            Level.WARNING,
            _("“%(said)s” is typed by hand (%(kind)s). Choose a fact, or make sure.")
            % {"said": one.said, "kind": KINDS[one.kind]},
            block,
        )


def _is_read(language: str) -> bool:
    return not language or language.lower().split("-")[0] in READ


def _problems(line: Sequence[Run], shop: str) -> list[Problem]:
    """Return what typed words say; a chip is true, whatever it says."""
    text = "".join(BLOT if run.fact else run.text for run in line)
    language = "zh-hans" if HAN.search(text) else "en"
    found = check(text, Facts(language=language, shop=shop)).problems
    if any(one.kind == "language" for one in found):
        return []  # of a language whose words the lists don't hold
    return [one for one in found if one.kind in KINDS and "{" not in one.said]


def _lines(design: Design) -> Iterator[tuple[str, Sequence[Run]]]:
    for key, line in design.lines.items():
        if key not in NO_WORDS:
            yield "", line
    for block in design.every():
        for name in ("text", "title", "note"):
            said = getattr(block, name, [])
            is_many = bool(said) and isinstance(said[0], list)
            for line in said if is_many else [said]:
                yield block.id, line
