"""Ids that name somebody, without what a spreadsheet left on them; and those that
programs write for nobody. Pure.
"""

import re

# What programs write where they have no id, in small letters. Joined by such an id,
# strangers would be one person.
NOBODY_WORDS = frozenset(
    {
        *"null undefined none nil nan true false anonymous guest unknown unset empty".split(),
        *"-1 - . ? n/a #n/a #ref! #value! #name? {} [] '' \"\"".split(),
        *"id userid user_id customerid customer_id distinctid distinct_id email".split(),
        *"not_authenticated not_set not-set".split(),
        *("not set", "no id", "[object object]", "[object null]", "[object undefined]"),
    }
)
# Nothing but zeros, however they are grouped: 0, 000…,
# 00000000-0000-0000-0000-000000000000, 00:00:00:00:00:00
ZEROS = re.compile(r"0+(?:\.0+)?(?:[-:_]0+)*")
# A template whose placeholder nobody filled in: {{ user.id }}, ${userId}, %USER_ID%,
# <user id>
PLACEHOLDER = re.compile(
    r"\{\{.{0,250}\}\}|\{%.{0,250}%\}|\$\{.{0,250}\}|%[A-Za-z_]{1,250}%"
    r"|<[A-Za-z _]{1,250}>|\*\|[A-Za-z_:]{1,250}\|\*"
)
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
AROUND = "{}()[]<>\"'` "
SHORTEST_DEVICE = 8  # characters: a shorter one of equal characters may be a shop's own
# Known to be shared by millions: an Android bug of 2010, and what systems tell instead
# of a hardware address.
SHARED_DEVICES = frozenset(
    {"9774d56d682e549c", "020000000000", "cd9e459ea708a948d5c2f5a6ca8838cf"}
)
# 7.1E+04 stands for a hundred ids: the digits are lost.
SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{1,3}")
# A spreadsheet or a table of floats wrote the id 71001 so.
POINTED = r"\d+\.0+"


def is_nobody(said: str) -> bool:
    """Whether a customer's or an anonymous id names nobody: a word for nothing, zeros,
    a UUID of one digit.
    """
    plain = said.strip().lower()
    if plain in NOBODY_WORDS or PLACEHOLDER.fullmatch(plain):
        return True
    bare = plain.strip(AROUND)
    if not bare or bare in NOBODY_WORDS or ZEROS.fullmatch(bare):
        return True
    return len(set(bare) - {"-"}) == 1 and UUID.fullmatch(bare) is not None


def is_no_device(said: str) -> bool:
    """Whether a device id names no device: besides what names nobody, any that repeats
    one character.
    """
    bare = re.sub(r"[-:\s]", "", said.strip().strip(AROUND).lower())
    is_one_character = len(bare) >= SHORTEST_DEVICE and len(set(bare)) == 1
    return is_one_character or bare in SHARED_DEVICES or is_nobody(said)


# Digits and what stands between them in numbers, dates and postcodes.
MARKED = re.compile(r"'([+\-]?[\d(][\d\s().,/:+-]*)")
# Looks through many ids at once (RE2 has no way to say "the same digit again");
# `is_nobody` decides.
MAYBE_NOBODY = r"(?i)^[^a-z0-9]*(?:{words}|{same})?[^a-z0-9]*$|^[{{$%<*]".format(
    words="|".join(
        sorted({re.escape(word.strip(AROUND)) for word in NOBODY_WORDS} - {""})
    ),
    same="|".join(f"{digit}[-:_.{digit}]*" for digit in "0123456789abcdef"),
)


def without_mark(said: str) -> str:
    """Return a number without the apostrophe by which a spreadsheet keeps it a text."""
    marked = MARKED.fullmatch(said) if said.startswith("'") else None
    return marked[1] if marked else said


def without_apostrophe(said: str) -> str:
    """Return an id without the apostrophe by which a spreadsheet keeps it a text."""
    return (
        said[1:].lstrip() if said.startswith("'") and not said.endswith("'") else said
    )
