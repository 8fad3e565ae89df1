"""Each block as MJML with Liquid in it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.rendering.design import schema
from campaigns.rendering.design.inline_text import address, html, html_line, is_empty
from campaigns.rendering.design.look import Look

SPACES = {"small": 8, "medium": 20, "large": 40}  # pixels
SIZES = {1: "26px", 2: "19px"}
WIDTH = 600
GUTTER = 32  # left and right of what is written
SOFT = "#6b7280"


@dataclass(frozen=True)
class Paper:
    """What the blocks of one letter are written with."""

    look: Look
    images: dict[str, str]  # digest → address
    is_marked: bool = False  # each block can be found in the page by its class

    def named(self, block: schema.Block, *more: str) -> str:
        """Return the attribute with the classes of a block."""
        classes = [*more, *([f"b-{block.id}"] if self.is_marked else [])]
        return f' css-class="{" ".join(classes)}"' if classes else ""


def written(block: Any, paper: Paper) -> str:
    """Return a block as sections of a letter."""
    if block.kind in INSIDE:
        return _section(block, paper, inside(block, paper, GUTTER))
    return SECTIONS[block.kind](block, paper)


def inside(block: Any, paper: Paper, gutter: int) -> str:
    """Return a block as it stands inside a column."""
    return INSIDE[block.kind](block, paper, gutter)


def _section(block: schema.Block, paper: Paper, content: str, padding: str = "") -> str:
    pad = f' padding="{padding}"' if padding else ""
    return (
        f"<mj-section{pad}{paper.named(block, 'm-card')}>"
        f"<mj-column>{content}</mj-column></mj-section>"
    )


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


def _title(line: Sequence[schema.Run]) -> str:
    if is_empty(line):
        return ""
    return (
        f'<mj-text css-class="m-text" padding="16px {GUTTER}px 4px" font-size="18px"'
        f' font-weight="700">{html_line(line)}</mj-text>'
    )


def _products(block: schema.Products, paper: Paper) -> str:
    head = _section(block, paper, _title(block.title)) if block.title else ""
    if block.columns == 1:
        rows = (
            f"<mj-raw>{{% for product in recommendations limit: {block.most} %}}</mj-raw>"
            + _row(block, paper, has_reason=block.has_reason, has_price=block.has_price)
            + "<mj-raw>{% endfor %}</mj-raw>"
        )
    else:
        rows = "".join(
            _shelf(block, paper, first) for first in range(0, block.most, block.columns)
        )
    return (
        "<mj-raw>{% if recommendations.size > 0 %}</mj-raw>"
        f"{head}{rows}<mj-raw>{{% endif %}}</mj-raw>"
    )


def _row(
    block: schema.Block, paper: Paper, *, has_reason: bool, has_price: bool
) -> str:
    """One product of a list: its picture, or the first letter of its name."""
    look = paper.look
    price = (
        f'{{% if product.price %}} <span style="color:{look.accent};font-weight:600;'
        'white-space:nowrap;">&nbsp;{{ product.price }}</span>{% endif %}'
        if has_price
        else ""
    )
    reason = (
        '<mj-raw>{% if product.reason %}</mj-raw><mj-text css-class="m-soft"'
        ' mj-class="small" padding="2px 0 0 6px">{{ product.reason }}</mj-text>'
        "<mj-raw>{% endif %}</mj-raw>"
        if has_reason
        else ""
    )
    return (
        f'<mj-section padding="8px {GUTTER}px"{paper.named(block, "m-card")}>'
        '<mj-group><mj-column width="15%" vertical-align="middle">'
        f"{_thumbnail(look, '60px')}</mj-column>"
        '<mj-column width="85%" vertical-align="middle">'
        '<mj-text css-class="m-text" font-weight="600" padding="0 0 0 6px">'
        f"{_product_name()}{price}</mj-text>{reason}"
        "</mj-column></mj-group></mj-section>"
    )


def _thumbnail(look: Look, size: str) -> str:
    return (
        "<mj-raw>{% if product.image_url %}</mj-raw>"
        '<mj-image src="{{ product.image_url }}" alt="{{ product.title }}"'
        f' width="{size}" padding="0" border-radius="10px" align="left" />'
        "<mj-raw>{% else %}</mj-raw>"
        '<mj-text padding="0"><div style="width:44px;height:44px;line-height:44px;'
        f"border-radius:10px;background:{look.accent};color:{look.on_accent};"
        'font-size:19px;font-weight:700;text-align:center;">'
        "{{ product.title | slice: 0 | upcase }}</div></mj-text>"
        "<mj-raw>{% endif %}</mj-raw>"
    )


def _product_name() -> str:
    return (
        '{% if product.url %}<a href="{{ product.url }}"'
        ' style="color:inherit;text-decoration:none;">{{ product.title }}</a>'
        "{% else %}{{ product.title }}{% endif %}"
    )


def _shelf(block: schema.Products, paper: Paper, first: int) -> str:
    """One row of products side by side; places without one stay free."""
    places = "".join(
        _place(block, paper, place)
        for place in range(first, min(first + block.columns, block.most))
    )
    return (
        f"<mj-raw>{{% if recommendations.size > {first} %}}</mj-raw>"
        f'<mj-section padding="10px {GUTTER - 10}px"{paper.named(block, "m-card")}>'
        f"{places}</mj-section><mj-raw>{{% endif %}}</mj-raw>"
    )


def _place(block: schema.Products, paper: Paper, place: int) -> str:
    width = (WIDTH - 2 * GUTTER) // block.columns - 20
    price = (
        '<mj-raw>{% if product.price %}</mj-raw><mj-text align="center"'
        f' padding="2px 4px 0" font-weight="600" color="{paper.look.accent}">'
        "{{ product.price }}</mj-text><mj-raw>{% endif %}</mj-raw>"
        if block.has_price
        else ""
    )
    reason = (
        '<mj-raw>{% if product.reason %}</mj-raw><mj-text align="center"'
        ' css-class="m-soft" mj-class="small" padding="2px 4px 0">'
        "{{ product.reason }}</mj-text><mj-raw>{% endif %}</mj-raw>"
        if block.has_reason
        else ""
    )
    return (
        f'<mj-column padding="0 10px">'
        f"<mj-raw>{{% if recommendations.size > {place} %}}"
        f"{{% assign product = recommendations[{place}] %}}</mj-raw>"
        "<mj-raw>{% if product.image_url %}</mj-raw>"
        '<mj-image src="{{ product.image_url }}" alt="{{ product.title }}"'
        f' width="{width}px" padding="0" border-radius="10px" />'
        "<mj-raw>{% endif %}</mj-raw>"
        '<mj-text css-class="m-text" align="center" font-weight="600"'
        f' padding="6px 4px 0">{_product_name()}</mj-text>{price}{reason}'
        "<mj-raw>{% endif %}</mj-raw></mj-column>"
    )


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


def _last_viewed(block: schema.LastViewed, paper: Paper) -> str:
    head = _section(block, paper, _title(block.title)) if block.title else ""
    return (
        f"<mj-raw>{{% if last_viewed.size > 0 %}}</mj-raw>{head}"
        f"<mj-raw>{{% for product in last_viewed limit: {block.most} %}}</mj-raw>"
        + _row(block, paper, has_reason=False, has_price=True)
        + "<mj-raw>{% endfor %}{% endif %}</mj-raw>"
    )


def _order(block: schema.Order, paper: Paper) -> str:
    cell = "padding:6px 8px;border-top:1px solid #d1d5db;"
    right = cell + "text-align:right;white-space:nowrap;"
    lines = (
        "{% for line in order.lines %}<tr>"
        f'<td style="{cell}">{{{{ line.title }}}}</td>'
        f'<td style="{right}">&#215; {{{{ line.quantity }}}}</td>'
        f'<td style="{right}">{{{{ line.price | default: "" }}}}</td></tr>'
        "{% endfor %}"
    )
    total = (
        "{% if order.total %}<tr>"
        f'<td style="{cell}font-weight:700;" colspan="2">{html(block.total)}</td>'
        f'<td style="{right}font-weight:700;">{{{{ order.total }}}}</td></tr>{{% endif %}}'
    )
    table = f'<mj-table css-class="m-text" padding="4px {GUTTER - 8}px" font-size="14px">{lines}{total}</mj-table>'
    return (
        "<mj-raw>{% if order %}</mj-raw>"
        + _section(block, paper, _title(block.title) + table)
        + "<mj-raw>{% endif %}</mj-raw>"
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
    return _section(block, paper, text)


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
    return _section(block, paper, line + text, "0 0 24px")


INSIDE: dict[str, Callable[[Any, Paper, int], str]] = {
    "heading": _heading,
    "text": _words,
    "image": _image,
    "button": _button,
    "divider": _divider,
}
SECTIONS: dict[str, Callable[[Any, Paper], str]] = {
    "products": _products,
    "coupon": _coupon,
    "last_viewed": _last_viewed,
    "order": _order,
    "columns": _columns,
    "social": _social,
    "footer": _footer,
}
