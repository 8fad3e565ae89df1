"""What Liquid's filters may do here: nothing that grows without end, nothing that reads
the server's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from liquid import Environment, is_undefined
from liquid.exceptions import FilterArgumentError, ResourceLimitError, UndefinedError

MAX_CHARACTERS = 200_000  # of one filter's result
MAX_ITEMS = 5_000  # of a list or a range that a filter reads
LEFT_OUT = ("safe",)  # would let a product's title write HTML
CLOCK_WORDS = ("now", "today")


def restrain(env: Environment) -> None:
    """Bound every filter of an environment by the size of what it reads and makes."""
    for name in LEFT_OUT:
        env.filters.pop(name, None)
    for name, original in list(env.filters.items()):
        env.filters[name] = _bounded(original)
    for name in ("replace", "replace_first", "replace_last"):
        env.filters[name] = _checked(env.filters[name], _replacement_fits)
    env.filters["date"] = _checked(env.filters["date"], _date_is_given)


def _bounded(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def bounded(*args: Any, **options: Any) -> Any:
        for one in args:
            if isinstance(one, range | list | tuple) and len(one) > MAX_ITEMS:
                raise ResourceLimitError("a list is too long", token=None)
        made = original(*args, **options)
        if isinstance(made, str | list | tuple) and len(made) > MAX_CHARACTERS:
            raise ResourceLimitError("a text grows too long", token=None)
        return made

    return bounded


def _checked(
    original: Callable[..., Any], check: Callable[..., None]
) -> Callable[..., Any]:
    @wraps(original)
    def checked(*args: Any, **options: Any) -> Any:
        check(*args)
        return original(*args, **options)

    return checked


def _replacement_fits(
    text: Any = "", old: Any = "", new: Any = "", *_rest: Any
) -> None:
    text, old, new = str(text), str(old), str(new)
    if len(text) + text.count(old) * len(new) > MAX_CHARACTERS:
        raise ResourceLimitError("a text grows too long", token=None)


def _date_is_given(moment: Any = "", form: Any = "", *_rest: Any) -> None:
    if is_undefined(moment):
        raise UndefinedError(
            str(moment.hint or f"'{moment.name}' is undefined"), token=moment.token
        )
    if moment in CLOCK_WORDS:
        raise FilterArgumentError(
            "write {{ today }}: the shop's clock says what day it is", token=None
        )
    if any(letter.isdigit() for letter in str(form)):
        raise FilterArgumentError(
            "a date's form has no digits; write it like %d %B %Y", token=None
        )
