"""Keep people out of the logs: addresses, phone numbers, and the rows that a database quotes in its errors. Pure.

Names can't be told from other words: no line of ours is written with one.
"""

import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = (
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<![\w.])\+\d[\d ()/.-]{6,}\d"), "+…"),
    # PostgreSQL and psycopg: the row that fails, the key that is there already, the statement that is wrong
    (re.compile(r"(DETAIL:\s+|LINE \d+:\s+|CONTEXT:\s+).*"), r"\1…"),
    (re.compile(r"(invalid input (?:syntax|value) for [\w ]+: ).*"), r"\1…"),
)


def hidden(text: str) -> str:
    """Return a text without what would give a person away."""
    for pattern, instead in HIDDEN:
        text = pattern.sub(instead, text)
    return text


def hide(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Process one line of structlog: every value in words, the traceback too."""
    for name, value in line.items():
        line[name] = _hidden(value)
    return line


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return hidden(value)
        case dict():
            return {_hidden(name): _hidden(inner) for name, inner in value.items()}
        case list() | tuple() | set():
            return [_hidden(inner) for inner in value]
    return value
