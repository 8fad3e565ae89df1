"""What somebody typed into a template, with a blot where a fact will stand. Pure."""

from __future__ import annotations

import re
from html import unescape

from campaigns.copy.fact_check.draft import BLOT

OUTPUT = re.compile(r"\{\{(?P<said>[^{}]{0,2000})\}\}")
TAG = re.compile(r"\{%-?(?P<said>[^{}]{0,2000})%\}")
DEFAULT = re.compile(r"default:\s{0,5}(?:\"([^\"]*)\"|'([^']*)')")
LITERAL = re.compile(r"\"([^\"]*)\"|'([^']*)'")
UNSEEN = re.compile(
    r"<!--.*?-->|<(?P<name>style|script|head|title|mj-style|mj-attributes|mj-head)\b[^<>]*>"
    r".*?</(?P=name)\s*>",
    re.I | re.S,
)
INLINE = re.compile(
    r"</?(?:a|b|i|u|em|strong|span|font|small|sup|sub|mark)\b[^<>]*>", re.I
)
MARKUP = re.compile(r"<[^<>]*>")


def typed(source: str, *, is_html: bool) -> str:
    """Return the words of a Liquid template that are the same for everybody.

    What stands there for those who lack a fact is typed too; what a tag assigns comes
    on a line of its own.
    """
    assigned = [
        "".join(literal.groups(default=""))
        for tag in TAG.finditer(source)
        if tag["said"].lstrip("- ").startswith(("assign", "render", "include"))
        for literal in LITERAL.finditer(tag["said"])
    ]
    text = OUTPUT.sub(lambda one: _otherwise(one["said"]), TAG.sub("", source))
    if is_html:
        text = seen(text)
    return "\n".join([text, *assigned]).strip()


def seen(html: str) -> str:
    """Return what a page shows, a line for each of its boxes."""
    text = MARKUP.sub("\n", INLINE.sub("", UNSEEN.sub("\n", html)))
    lines = (" ".join(line.split()) for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)


def _otherwise(said: str) -> str:
    default = DEFAULT.search(said)
    return "".join(default.groups(default="")) if default else BLOT
