"""Each block as MJML with Liquid in it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from campaigns.rendering.design import schema
from campaigns.rendering.design.inline_text import address, html, html_line, is_empty
from campaigns.rendering.design.mjml_products import last_viewed, order, products
from campaigns.rendering.design.mjml_sections import (
    GUTTER,
    SIZES,
    SOFT,
    SPACES,
    WIDTH,
    Paper,
    section,
)


def written(block: Any, paper: Paper) -> str:
    """Return a block as sections of a letter."""
    if block.kind in INSIDE:
        return section(block, paper, inside(block, paper, GUTTER))
    return SECTIONS[block.kind](block, paper)


def inside(block: Any, paper: Paper, gutter: int) -> str:
    """Return a block as it stands inside a column."""
    return INSIDE[block.kind](block, paper, gutter)


# Inside a column


def _heading(block: schema.Heading, paper: Paper, gutter: int) -> str:
    size = SIZES[block.level]
    return (
        f'<mj-text{paper.named(block, "m-text")} align="{block.align}"'
        f' padding="16px {gutter}px 4px" font-size="{size}" line-height="1.25"'
        f' font-weight="700"><h{block.level} style="margin:0;font-size:{size};'
        f'line-height:1.25;font-weight:700;">{html_line(block.text)}'
        f"</h{block.level}></mj-text>"
    )


def _words(block: schema.Words, paper: Paper, gutter: int) -> str:
    look = ' mj-class="small"' if block.is_small else ""
    tone = "m-soft" if block.is_small else "m-text"
    said = _paragraphs(block.text, paper.look.accent)
    return (
        f'<mj-text{paper.named(block, tone)}{look} align="{block.align}"'
        f' padding="8px {gutter}px">{said}</mj-text>'
    )


def _paragraphs(paragraphs: Sequence[Sequence[schema.Run]], colour: str) -> str:
    return "".join(
        f'<p style="margin:0 0 10px;">{html_line(line, colour=colour) or "&nbsp;"}</p>'
        for line in paragraphs
    )


def _image(block: schema.Image, paper: Paper, gutter: int) -> str:
    source = paper.images.get(block.image, "") if block.image else html(block.url)
    if not source:
        return ""
    room = WIDTH - 2 * gutter if gutter else WIDTH // 2
    leads = f' href="{address(block.link)}"' if block.link else ""
    alt = "" if block.is_decorative else html(block.alt)
    return (
        f'<mj-image{paper.named(block)} src="{source}" alt="{alt}"{leads}'
        f' align="{block.align}" width="{room * block.width // 100}px"'
        f' padding="8px {gutter}px" border-radius="6px" />'
    )


def _button(block: schema.Button, paper: Paper, gutter: int) -> str:
    look = paper.look
    colours = (
        f' background-color="{look.accent}" color="{look.on_accent}"'
        if block.look == "filled"
        else f' background-color="{look.card}" color="{look.accent}"'
        f' border="2px solid {look.accent}"'
    )
    label = html_line(
        [run.model_copy(update={"link": ""}) for run in block.text]
    ).strip()
    return (
        f'<mj-button{paper.named(block)}{colours} align="{block.align}"'
        f' href="{address(block.link, or_shop=True)}"'
        f' padding="10px {gutter}px">{label or "&nbsp;"}</mj-button>'
    )


def _divider(block: schema.Divider, paper: Paper, gutter: int) -> str:
    space = SPACES[block.space]
    if not block.has_line:
        return f'<mj-spacer{paper.named(block)} height="{2 * space}px" />'
    return (
        f'<mj-divider{paper.named(block)} border-width="1px" border-color="#d1d5db"'
        f' padding="{space}px {gutter}px" />'
    )


# Sections of their own


def _coupon(block: schema.Coupon, paper: Paper) -> str:
    look = paper.look
    note = (
        ""
        if is_empty(block.note)
        else (
            '<mj-text align="center" mj-class="small" css-class="m-soft"'
            f' padding="0 16px">{html_line(block.note)}</mj-text>'
        )
    )
    said = (
        ""
        if is_empty(block.text)
        else (
            '<mj-text align="center" font-size="28px" line-height="1.2"'
            f' font-weight="800" color="{look.accent}" padding="0 16px">'
            f"{html_line(block.text)}</mj-text>"
        )
    )
    return (
        "<mj-raw>{% if coupon %}</mj-raw>"
        f'<mj-section padding="16px {GUTTER}px"{paper.named(block, "m-card")}>'
        f'<mj-column border="2px dashed {look.accent}" border-radius="12px"'
        f' padding="18px 0">{said}<mj-text align="center" font-size="22px"'
        ' font-weight="700" letter-spacing="2px" css-class="m-text"'
        f' padding="8px 16px">{{{{ coupon.code }}}}</mj-text>{note}'
        "</mj-column></mj-section><mj-raw>{% endif %}</mj-raw>"
    )


def _columns(block: schema.Columns, paper: Paper) -> str:
    columns = "".join(
        f'<mj-column vertical-align="top">'
        f"{''.join(inside(one, paper, 8) for one in column.blocks)}</mj-column>"
        for column in block.columns
    )
    return (
        f'<mj-section padding="8px {GUTTER - 8}px"{paper.named(block, "m-card")}>'
        f"{columns}</mj-section>"
    )


def _social(block: schema.Social, paper: Paper) -> str:
    """Names as links: pictures of networks would have to be loaded from somewhere."""
    named = " &nbsp;&#183;&nbsp; ".join(
        f'<a href="{address(one.link)}" style="color:{paper.look.accent};">'
        f"{html(one.name)}</a>"
        for one in block.links
        if one.link and one.name
    )
    if not named:
        return ""
    text = f'<mj-text align="center" padding="12px {GUTTER}px">{named}</mj-text>'
    return section(block, paper, text)


def _footer(block: schema.Footer, paper: Paper) -> str:
    own = _paragraphs(block.text, SOFT)
    brand = html(paper.look.footer).replace("\n", "<br />")
    ways = (
        f'<a href="{{{{ unsubscribe_url }}}}" style="color:{SOFT};">'
        f"{html(block.unsubscribe)}</a> &nbsp;&#183;&nbsp; "
        f'<a href="{{{{ preferences_url }}}}" style="color:{SOFT};">'
        f"{html(block.preferences)}</a>"
    )
    who = f'<p style="margin:0 0 10px;">{brand}</p>' if brand else ""
    text = (
        f'<mj-text mj-class="small" css-class="m-soft" padding="4px {GUTTER}px">'
        f'{own}{who}<p style="margin:0;">{ways}</p></mj-text>'
    )
    line = f'<mj-divider border-width="1px" border-color="#d1d5db" padding="20px {GUTTER}px 12px" />'
    return section(block, paper, line + text, "0 0 24px")


INSIDE: dict[str, Callable[[Any, Paper, int], str]] = {
    "heading": _heading,
    "text": _words,
    "image": _image,
    "button": _button,
    "divider": _divider,
}
SECTIONS: dict[str, Callable[[Any, Paper], str]] = {
    "products": products,
    "coupon": _coupon,
    "last_viewed": last_viewed,
    "order": order,
    "columns": _columns,
    "social": _social,
    "footer": _footer,
}
