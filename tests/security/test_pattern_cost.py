"""No pattern over foreign text may cost more than its length: four times the text is
about four times the work.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from time import process_time

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("retention_site", "profiles", "recommender", "campaigns")
SHORT, TIMES = 1_000, 4
FLOOR_S = 0.006  # what is done faster than this is not looked at: a clock's noise
MOST_RATIO = 9.0  # straight: about 4, by the square: about 16
RUNS = (
    " ",
    "\t",
    "\n",
    "A",
    "a",
    "0",
    "+",
    "-",
    ".",
    "_",
    "(",
    "<",
    ">",
    "/",
    '"',
    "@",
    ":",
    "{",
    "\\",
    "!",
    "=",
)
PIECES = (
    "<a ",
    "<img ",
    "</body ",
    "<mj-include ",
    "{%",
    "{{",
    "a.",
    "a@",
    "a@a.",
    "+1 ",
    "- ",
    "--\n",
    "_ ",
    "0.",
    "1,",
    "invalid input value for ",
    "DETAIL: ",
    "LINE 1",
    "On ",
    "message-id:",
    "\r\n ",
    " \r\n",
    "  x",
    "!a",
    '<a href="',
)
PARTS = 8  # of the patterns, so that processes share them
ENDS = ("x", "\0")  # what a word goes on with, and what nothing goes on with


@pytest.mark.parametrize("part", range(PARTS))
def test_every_pattern_costs_about_as_much_as_the_text_is_long(part):
    slow = [said for pattern in _patterns()[part::PARTS] if (said := _slowest(pattern))]
    assert not slow, "\n".join(slow)


def test_a_pattern_by_the_square_is_found():
    assert _slowest(re.compile(r"[\w.+-]+@[\w-]+"))
    assert _slowest(re.compile(r"x[\W_]+$|[\W_]+x$"))
    assert _slowest(re.compile(r"<img\b[^>]*\bhidden[^>]*>"))


def _slowest(pattern: re.Pattern) -> str:
    for text in _texts(pattern):
        short, long = text(SHORT), text(SHORT * TIMES)
        seconds = _cost(pattern, long)
        if seconds > FLOOR_S and _cost(pattern, long) > MOST_RATIO * max(
            _cost(pattern, short), 1e-4
        ):
            return f"{pattern.pattern!r} on {long[:40]!r}…: {seconds:.2f} s"
    return ""


def _texts(pattern: re.Pattern) -> Iterator:
    for head in ("", "x", "0", *_literals(pattern)):
        for run in RUNS:
            for end in ENDS:
                yield lambda n, head=head, run=run, end=end: head + run * n + end
    for piece in (*PIECES, *_literals(pattern)):
        yield lambda n, piece=piece: piece * (n // len(piece))


def _literals(pattern: re.Pattern) -> list[str]:
    """Return the plain words in a pattern: what its attacker would write first."""
    text = (
        pattern.pattern
        if isinstance(pattern.pattern, str)
        else pattern.pattern.decode("latin-1")
    )
    return sorted(set(re.findall(r"[<{@:a-zA-Z%=-]{2,20}", text)))[:8]


def _cost(pattern: re.Pattern, text: str) -> float:
    said = text.encode() if isinstance(pattern.pattern, bytes) else text
    begin = process_time()
    for _found in pattern.finditer(said):
        pass
    return process_time() - begin


@cache
def _patterns() -> list[re.Pattern]:
    """Return every pattern written in our code: compiled in a module, or a text handed
    to `re`.
    """
    found = {}
    for path in sorted(path for app in APPS for path in (ROOT / app).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        source = path.read_text()
        if "re." not in source and "import re" not in source:
            continue
        for pattern in (*_written(source), *_kept(path)):
            found[(pattern.pattern, pattern.flags)] = pattern
    assert len(found) > 40
    return list(found.values())


def _written(source: str) -> Iterator[re.Pattern]:
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            owner = call.func.value
            if isinstance(owner, ast.Name) and owner.id == "re" and call.args:
                said = call.args[0]
                if isinstance(said, ast.Constant) and isinstance(
                    said.value, str | bytes
                ):
                    yield re.compile(said.value)


def _kept(path: Path) -> Iterator[re.Pattern]:
    if not re.search(r"re\.compile", path.read_text()):
        return
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for value in vars(importlib.import_module(name)).values():
        yield from _in(value)


def _in(value: object) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (one for inner in value.values() for one in _in(inner))
    elif isinstance(value, tuple | list):
        yield from (one for inner in value for one in _in(inner))
