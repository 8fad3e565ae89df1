"""Hold what was typed into a version against the facts of those who will read it.

What comes from a chip is a fact; only typed words can be wrong. So each template is
looked at once without any fact. Where nothing in it looks like one, no customer can
make it wrong, and its messages cost nothing more. Else its typed words are held against
each offer that its readers have, once for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.message_parts import PARTS
from campaigns.content.model import Kind
from campaigns.copy.approval.context_facts import facts_of
from campaigns.copy.approval.typed_text import typed
from campaigns.copy.approval.voice import Voice
from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.draft import Problem
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.typed_facts import KINDS, NO_WORDS
from campaigns.rendering.template_cache import VersionWords

# What makes a message false. Names, products and links come from chips, or are the
# marketer's own: the editor warns of them.
WRONG = frozenset(
    "number unit price code date urgency claim leak placeholder personal".split()
)
# In a language whose words the lists don't hold only figures can be told.
ANYWHERE = frozenset(["number", "unit", "price", "placeholder"])
# Two days far from any feast: a day that is only true on one of them needs a fact.
SOME_DAYS = tuple(map(datetime.fromisoformat, ("1999-08-20", "1999-04-21")))
Typed = tuple[tuple[str, str], ...]  # name of a part, what was typed there


def why_held(
    words: VersionWords,
    arm: str,
    channel: str,
    reader: str,
    *,
    context: Mapping[str, Any],
    at: datetime,
    voice: Voice,
) -> str:
    """Say which typed word this reader's facts don't bear; nothing if all may go."""
    language = words.spoken(arm, channel, reader)
    for part, problem in _found(
        words, arm, channel, language, context=context, at=at, voice=voice
    ):
        return _sentence(f"{channel}.{part}", problem)
    return ""


def problems(
    words: VersionWords,
    arm: str,
    channels: Iterable[str],
    contexts: Iterable[Mapping[str, Any]],
    *,
    at: datetime,
    voice: Voice,
) -> list[str]:
    """Return one sentence for each typed word that isn't true for one of these readers,
    in every language.
    """
    found: dict[str, None] = {}
    tried = list(contexts)
    for channel in channels:
        for language in ("", *words.languages(arm, channel)):
            where = f"messages.{channel}" + (f".{language}" if language else "")
            for context in tried:
                for part, problem in _found(
                    words, arm, channel, language, context=context, at=at, voice=voice
                ):
                    found[_sentence(f"{where}.{part}", problem)] = None
    return list(found)


def _found(
    words: VersionWords,
    arm: str,
    channel: str,
    language: str,
    *,
    context: Mapping[str, Any],
    at: datetime,
    voice: Voice,
) -> Iterator[tuple[str, Problem]]:
    for part, text in _doubtful(words, arm, channel, language, voice):
        facts = facts_of(context, text, channel=channel, at=at, voice=voice)
        for problem in _checked(text, facts):
            if problem.kind in _asked(words):
                yield part, problem


def _asked(words: VersionWords) -> frozenset[str]:
    """Return what may refuse a version: the customer's own business has days of its
    own, such as how long a link holds.
    """
    is_own = words.content.get("kind") == Kind.TRANSACTIONAL
    return WRONG - {"date", "urgency"} if is_own else WRONG


def _doubtful(
    words: VersionWords, arm: str, channel: str, language: str, voice: Voice
) -> Typed:
    """Return the parts whose typed words need a fact; kept with the parsed version."""
    key = (arm, channel, language, voice)
    if key not in words.doubtful:
        words.doubtful[key] = tuple(
            (part, text)
            for part, text in _typed(words, arm, channel, language)
            if any(
                _checked(text, facts_of({}, text, channel=channel, at=at, voice=voice))
                for at in SOME_DAYS
            )
        )
    return words.doubtful[key]


def _typed(
    words: VersionWords, arm: str, channel: str, language: str
) -> Iterator[tuple[str, str]]:
    sources = words.sources(arm, channel, language)
    for part in PARTS.get(channel, ()):
        if part.key not in NO_WORDS and (source := sources.get(part.key, "")):
            yield part.key, typed(source, is_html=part.is_html)
    for name, source in (words.content.get("partials") or {}).items():
        yield f"partials.{name}", typed(source, is_html="<" in source)


@lru_cache(maxsize=4096)
def _checked(text: str, facts: Facts) -> tuple[Problem, ...]:
    found = check(text, facts).problems
    is_read = all(one.kind != "language" for one in found)
    return tuple(one for one in found if one.kind in (WRONG if is_read else ANYWHERE))


def _sentence(where: str, problem: Problem) -> str:
    said = {"where": where, "said": problem.said[:80], "kind": KINDS[problem.kind]}
    if problem.right:
        return _(
            "%(where)s: “%(said)s” (%(kind)s) is not borne by a fact; right is “%(right)s”."
        ) % {**said, "right": problem.right}
    return (
        _("%(where)s: “%(said)s” (%(kind)s) is not borne by a fact.") % said
        + " "
        + _("Choose a fact, or list it as a claim that you can back.")
    )
