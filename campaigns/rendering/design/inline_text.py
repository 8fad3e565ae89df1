"""Runs of a text as HTML and as plain text with Liquid: what people typed stays what
they typed, never markup and never Liquid. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from campaigns.rendering.design.facts import FACTS, LINKS, SHOP, filled
from campaigns.rendering.design.schema import Run, fit

# "·" stands in the marks by which MJML is kept from Liquid (`mjml.MARK`).
QUIET = str.maketrans({"{": "&#123;", "}": "&#125;", "·": "&#183;"})


def html(text: str) -> str:
    """Return typed text as it stands in HTML or in an attribute."""
    return escape(fit(text)).translate(QUIET)


def plain(text: str) -> str:
    """Return typed text as it stands in a Liquid template of plain text."""
    return fit(text).replace("{", '{{ "{" }}')


def address(link: str, *, or_shop: bool = False) -> str:
    """Return what stands in an attribute for a link."""
    if not link:
        return SHOP if or_shop else ""
    return LINKS.get(link) or html(link)


def html_line(line: Sequence[Run], *, colour: str = "") -> str:
    """Return one line as HTML with Liquid in it."""
    return "".join(_html_run(run, colour) for run in line)


def plain_line(line: Sequence[Run]) -> str:
    """Return one line as plain text with Liquid in it; a link follows its words."""
    return "".join(_plain_run(run) for run in line)


def is_empty(line: Sequence[Run]) -> bool:
    return not any(run.fact or run.text.strip() for run in line)


def _html_run(run: Run, colour: str) -> str:
    said = (
        filled(FACTS[run.fact], html(run.otherwise)) if run.fact else _broken(run.text)
    )
    if run.italic:
        said = f"<em>{said}</em>"
    if run.bold:
        said = f"<strong>{said}</strong>"
    if run.link:
        style = f"color:{colour};" if colour else "color:inherit;"
        said = f'<a href="{address(run.link)}" style="{style}">{said}</a>'
    return said


def _broken(text: str) -> str:
    return html(text).replace("\n", "<br />")


def _plain_run(run: Run) -> str:
    said = (
        filled(FACTS[run.fact], plain(run.otherwise)) if run.fact else plain(run.text)
    )
    if not run.link:
        return said
    return f"{said} ({LINKS.get(run.link) or plain(run.link)})"
