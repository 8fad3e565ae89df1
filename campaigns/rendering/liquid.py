"""Marketers' templates: Liquid over plain dicts, escaped, with limits, and strict about
values that are missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liquid import BoundTemplate, DictLoader, Environment, FalsyStrictUndefined
from liquid.exceptions import (
    LiquidError,
    ResourceLimitError,
    TemplateNotFoundError,
    UndefinedError,
)

from campaigns.rendering.liquid_filters import restrain

MAX_TEMPLATE_CHARACTERS = 300_000
MAX_UNCLOSED = 50  # tags, after the last that is closed
REMEDIES = {"shop.url": ": set SHOP_URL, the address of the shop's own site"}


class WordsError(ValueError):
    """A template can't be read, or can't be filled for someone: one sentence."""


class MissingValue(WordsError):
    """A template uses a value that this customer doesn't have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} is missing and has no default{REMEDIES.get(name, '')}."
        )


class _Missing(FalsyStrictUndefined):
    """What a template finds where there is nothing: may be asked for or given a
    default, but not printed.
    """

    force_liquid_default = True


class _Limited(Environment):
    context_depth_limit = 20
    block_nesting_limit = 40
    loop_iteration_limit = 5_000
    local_namespace_limit = 200_000
    output_stream_limit = 1_000_000  # bytes


def environment(partials: Mapping[str, str], *, is_html: bool) -> Environment:
    """Make the environment of one version's templates; partials are those of the
    version and no others.
    """
    made = _Limited(
        loader=DictLoader(dict(partials)), autoescape=is_html, undefined=_Missing
    )
    restrain(made)
    return made


def parse(source: str, env: Environment) -> BoundTemplate:
    """Parse a template; raise `WordsError`."""
    if len(source) > MAX_TEMPLATE_CHARACTERS:
        raise WordsError(
            f"the template has more than {MAX_TEMPLATE_CHARACTERS:,} characters."
        )
    _check_closed(source)
    try:
        return env.from_string(source)
    except (LiquidError, RecursionError) as error:
        raise WordsError(_sentence(error)) from error


def _check_closed(source: str) -> None:
    """Refuse heaps of tags that nothing closes: the library would read to the end for
    each of them.
    """
    for opens, closes in (("{{", "}}"), ("{%", "%}")):
        if source.count(opens, source.rfind(closes) + 1) > MAX_UNCLOSED:
            raise WordsError(
                f"{opens} is opened {MAX_UNCLOSED} times and never closed."
            )


def render(template: BoundTemplate, context: Mapping[str, Any]) -> str:
    """Fill a template; raise `MissingValue` or another `WordsError`."""
    try:
        return template.render(**context)
    except UndefinedError as error:
        raise MissingValue(_missing_name(error)) from error
    except (
        LiquidError,
        RecursionError,
        ArithmeticError,
        TypeError,
        ValueError,
    ) as error:
        raise WordsError(_sentence(error)) from error


def partials_of(source: str, *, known: Mapping[str, str]) -> set[str]:
    """Return the partials that a template uses, those of its partials included; raise
    `WordsError`.
    """
    recorder = _Recorder(dict(known))
    template = parse(source, _Limited(loader=recorder))
    try:
        template.analyze(include_partials=True)
    except (LiquidError, RecursionError) as error:
        raise WordsError(_sentence(error)) from error
    return recorder.used


class _Recorder(DictLoader):
    """Remembers which partials were asked for."""

    def __init__(self, templates: dict[str, str]) -> None:
        super().__init__(templates)
        self.used: set[str] = set()

    def get_source(self, env: Environment, template_name: str, **options: Any) -> Any:
        found = super().get_source(env, template_name, **options)
        self.used.add(template_name)
        return found


def _sentence(error: Exception) -> str:
    match error:
        case TemplateNotFoundError():
            return (
                f"there is no block named {error.args[0]!r}."
                if error.args
                else "a block is missing."
            )
        case ResourceLimitError():
            return "the template loops or grows without end."
        case RecursionError():
            return "the template is nested too deeply."
    words = (
        (str(error.args[0]) if error.args else type(error).__name__)
        .splitlines()[0]
        .rstrip(".")
    )
    token = getattr(error, "token", None)
    if token is None or token.start_index < 0:
        return f"{words}."
    return f"line {token.source.count(chr(10), 0, token.start_index) + 1}: {words}."


def _missing_name(error: UndefinedError) -> str:
    words = str(error.args[0]) if error.args else "a value"
    return words.removesuffix(" is undefined").strip("'")
