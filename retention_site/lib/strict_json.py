"""Read JSON from strangers: refuse before the database what it could not keep or what would harm us."""

import json
import math
from typing import Any, NoReturn

DEEPEST = 32


class BadJson(ValueError):
    """The text is the reason."""


def loads(raw: bytes) -> Any:
    """Return the value; raise `BadJson` for NUL, lone surrogates, NaN, numbers beyond float or 4,300 digits, depth."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise BadJson("The body is not UTF-8.") from None
    except RecursionError:
        raise BadJson("The body is nested too deeply.") from None
    except ValueError as error:
        raise BadJson(str(error) if isinstance(error, BadJson) else "The body is not JSON.") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Walk without recursion: depth is what an attacker chooses."""
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise BadJson("The body is nested too deeply.")
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, float) and not math.isfinite(one):
            raise BadJson("A number is too large.")
        elif isinstance(one, dict):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            waiting += [(part, depth + 1) for part in one]


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise BadJson("A text holds a NUL character.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadJson("A text holds half a character (a lone surrogate).")


def _refuse(word: str) -> NoReturn:
    raise BadJson(f"{word} is not JSON.")
