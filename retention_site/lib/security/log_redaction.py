"""Keep people out of the logs: addresses, phone numbers, and the rows that a database
quotes in its errors. Pure.

Names can't be told from other words: no line of ours is written with one. Whatever a
stranger can bring into a line (a path, a header) passes here, in every process, with
the interpreter's lock held. So values are cut before a pattern sees them, and no
pattern repeats without a bound.
"""

import re
from collections.abc import MutableMapping
from typing import Any

MOST_CHARACTERS = 2_000  # of a value; nobody reads more of a path or a header
MOST_OF_A_TRACEBACK = 20_000
LONGEST_WORD = 320  # an address is no longer: what the cut may have halved is left out
TRACEBACKS = ("exception", "stack")

ADDRESS = re.compile(
    r"[\w.+-]{1,64}(?:@|%(?:25){0,3}40)(?:[\w-]{1,63}\.){1,20}[\w-]{1,63}",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\w.])(?:\+|%2B)\d[\d ()/.-]{6,30}\d", re.IGNORECASE)
HALVED = re.compile(r"[\w.+-]{1,64}(?:@|%(?:25){0,3}40)[\w.-]{0,255}\Z", re.IGNORECASE)
# PostgreSQL and psycopg: the row that fails, the key that is there already, the wrong
# statement
QUOTED = re.compile(r"(DETAIL:\s{1,9}|LINE \d{1,9}:\s{1,9}|CONTEXT:\s{1,9}).*")
WRONG_INPUT = re.compile(r"(invalid input (?:syntax|value) for [\w ]{1,60}: ).*")


def hidden(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text, cut to ``most`` characters, without what would give a person away."""
    text = _cut(text, most)
    if "@" in text or "40" in text:
        text = ADDRESS.sub("…@…", text)
    text = PHONE.sub("+…", text)
    if ": " in text or ":\t" in text:
        text = WRONG_INPUT.sub(r"\1…", QUOTED.sub(r"\1…", text))
    return text


def hide(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Process one line of structlog: every value in words, the traceback too."""
    for name, value in line.items():
        line[name] = _hidden(
            value, MOST_OF_A_TRACEBACK if name in TRACEBACKS else MOST_CHARACTERS
        )
    return line


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text, up to the last blank: half an address would pass
    unseen.
    """
    if len(text) <= most:
        return text
    blank = max(
        text.rfind(" ", most - LONGEST_WORD, most),
        text.rfind("\n", most - LONGEST_WORD, most),
    )
    return HALVED.sub("", text[: blank if blank > 0 else most]) + " …"


def _hidden(value: Any, most: int = MOST_CHARACTERS) -> Any:
    match value:
        case str():
            return hidden(value, most)
        case bytes() | BaseException():
            return hidden(repr(value), most)
        case dict():
            return {
                _hidden(name): _hidden(inner, most) for name, inner in value.items()
            }
        case list() | tuple() | set():
            return [_hidden(inner, most) for inner in value]
    return value
