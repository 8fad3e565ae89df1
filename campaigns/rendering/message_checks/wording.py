"""Checks of the words: what spam filters dislike, what is cut off, what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from campaigns.rendering.design.facts import FACTS
from campaigns.rendering.design.schema import Design, Run
from campaigns.rendering.message_checks.checked import Checked, Finding, Level

LONG_SUBJECT = 60  # letters that a phone shows
SHOUTS = 0.7  # of a subject's letters
MOST_NAMED = 5
# What filters have weighed for long (SpamAssassin's phrases of money and hurry).
SPAM_WORDS = (
    *("100% free", "act now", "amazing deal", "buy direct", "cash bonus", "cheap meds"),
    *("click here", "congratulations you", "dear friend", "double your", "earn extra"),
    *("fast cash", "free gift", "free money", "guaranteed winner", "lowest price"),
    *("make money", "million dollars", "miracle", "no obligation", "no risk"),
    *(
        "once in a lifetime",
        "order now",
        "risk free",
        "risk-free",
        "satisfaction guaranteed",
    ),
    *(
        "this is not spam",
        "urgent",
        "while supplies last",
        "winner",
        "you have been selected",
    ),
    *(
        "免费领取",
        "点击这里",
        "恭喜您",
        "中奖",
        "立即致富",
        "赚钱",
        "零风险",
        "最低价",
        "绝无仅有",
    ),
)
WORDS = re.compile(
    "|".join(
        rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one)
        for one in SPAM_WORDS
    ),
    re.IGNORECASE,
)
# inside these blocks a fact is there, or the block isn't
SURE = {
    "coupon": {"amount", "code", "valid_until"},
    "order": {"order_number"},
    "products": {"product"},
    "last_viewed": {"viewed"},
}
BRACES = re.compile(r"\{\{|\{%")


def spam(checked: Checked) -> Iterator[Finding]:
    """Find words and manners by which filters know spam."""
    subject = checked.said.subject
    text = f"{subject} {checked.said.preheader} {checked.said.text}"
    named = list(dict.fromkeys(word.lower() for word in WORDS.findall(text)))
    if named:
        yield Finding(
            Level.WARNING,
            _("Filters dislike: %(words)s.") % {"words": ", ".join(named[:MOST_NAMED])},
        )
    letters = [one for one in subject if one.isalpha() and one.lower() != one.upper()]
    n_capital = sum(one.isupper() for one in letters)
    if len(letters) > 6 and n_capital > SHOUTS * len(letters):
        yield Finding(Level.WARNING, _("The subject shouts: it is all capitals."))
    if "!!" in subject or "！！" in subject:
        yield Finding(Level.WARNING, _("One exclamation mark in a subject is enough."))


def subject(checked: Checked) -> Iterator[Finding]:
    """Find what a list of mails would show badly."""
    if checked.channel != "email":
        return
    if not checked.said.subject:
        yield Finding(Level.ERROR, _("The subject is empty."))
    elif len(checked.said.subject) > LONG_SUBJECT:
        yield Finding(
            Level.HINT,
            _("The subject has %(n)d letters; a phone shows about %(most)d.")
            % {"n": len(checked.said.subject), "most": LONG_SUBJECT},
        )
    if not checked.said.preheader:
        yield Finding(
            Level.HINT, _("No preheader: the first words of the text stand there.")
        )


def defaults(checked: Checked) -> Iterator[Finding]:
    """Find facts that stop the message for whoever lacks them, and code in a text."""
    for block, kind, run in _runs(checked.design) if checked.design else ():
        fact = FACTS.get(run.fact)
        is_sure = run.fact in SURE.get(kind, ())
        if fact and not (fact.is_always_there or is_sure or run.otherwise):
            yield Finding(
                Level.WARNING,
                _("“%(fact)s” has no default: who lacks it gets no message.")
                % {"fact": run.fact.replace("_", " ")},
                block,
            )
        if not run.fact and BRACES.search(run.text):
            yield Finding(
                Level.WARNING,
                _("Code in a text is shown as it stands. Choose a fact instead."),
                block,
            )


def _runs(design: Design) -> Iterator[tuple[str, str, Run]]:
    for line in design.lines.values():
        yield from (("", "", run) for run in line)
    for block in design.every():
        for name in ("text", "title", "note"):
            said = getattr(block, name, [])
            for part in said:
                runs = part if isinstance(part, list) else [part]
                yield from ((block.id, block.kind, run) for run in runs)
