"""One clause of a sentence as a condition, and whether a piece goes on with the one before."""

from __future__ import annotations

from functools import partial

from .clause import Clause, Known, Rest, bounds_of
from .event_clauses import (
    BRACKETS,
    SPENT,
    ago_of,
    compared,
    event_clause,
    sequence,
    then_of,
    verbs,
)
from .fact_clauses import stated, tests_of, trait
from .vocabulary import Vocabulary, phrase

MOST_WORDS = 4  # of another value after an "or"


def read(said: str, verb: str, words: Vocabulary, known: Known) -> Clause:
    """Read one clause; ``verb`` is that of the clause before, for one that has none."""
    for reader in (stated, sequence, compared, partial(trait, known=known)):
        leaf = reader(said, words)
        if leaf is not None:
            return Clause(leaf)
    return event_clause(said, verb, words, known)


def verb_of(said: str, words: Vocabulary) -> str:
    """Return the type of event that a clause names; empty where it names none."""
    rest = Rest(said)
    if rest.take(SPENT[words.language]):
        return "purchase"
    types = verbs(rest, words)
    return types[0] if types else ""


def is_bare_verb(said: str, words: Vocabulary) -> bool:
    """Whether a piece is nothing but what was done, so that it goes on after an "or"."""
    rest = Rest(said)
    return bool(verbs(rest, words)) and not rest.words(words)


def is_open(before: str, said: str, words: Vocabulary) -> bool:
    """Whether an "or" between two pieces joins what was done, not two conditions: "bought
    or viewed something", "… and then, within 7 days, bought or viewed something".
    """
    if is_bare_verb(before, words):
        return True
    then = then_of(before)
    is_done = is_bare_verb(BRACKETS.sub("", said), words)
    return bool(then) and is_done and is_bare_verb(then, words)


def goes_on(before: str, said: str, words: Vocabulary, *, is_or: bool) -> bool:
    """Whether a piece goes on with the one before: a second bound, another value."""
    plain = BRACKETS.sub("", said).strip()
    if not plain or verb_of(plain, words) or words.negation.search(plain):
        return False
    if stated(said, words) or trait(said, words):
        return False
    if trait(before, words):
        return len(plain.split()) <= MOST_WORDS if is_or else bool(tests_of(plain))
    if is_or:
        return False
    if phrase("score %(kind)s %(bounds)s", ()).fullmatch(before):
        return bool(bounds_of(plain))
    if not verb_of(before, words):
        return False
    rest = Rest(plain)
    return any(rest.take(pattern) for pattern, _how, _more in words.times) or bool(
        ago_of(rest, words)
    )
