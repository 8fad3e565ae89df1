"""Blocks of products as MJML: lists, shelves, orders."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.rendering.design import schema
from campaigns.rendering.design.inline_text import html, html_line, is_empty
from campaigns.rendering.design.look import Look
from campaigns.rendering.design.mjml_sections import (
    GUTTER,
    WIDTH,
    Paper,
    section,
)


def _title(line: Sequence[schema.Run]) -> str:
    if is_empty(line):
        return ""
    return (
        f'<mj-text css-class="m-text" padding="16px {GUTTER}px 4px" font-size="18px"'
        f' font-weight="700">{html_line(line)}</mj-text>'
    )


def products(block: schema.Products, paper: Paper) -> str:
    head = section(block, paper, _title(block.title)) if block.title else ""
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


def last_viewed(block: schema.LastViewed, paper: Paper) -> str:
    head = section(block, paper, _title(block.title)) if block.title else ""
    return (
        f"<mj-raw>{{% if last_viewed.size > 0 %}}</mj-raw>{head}"
        f"<mj-raw>{{% for product in last_viewed limit: {block.most} %}}</mj-raw>"
        + _row(block, paper, has_reason=False, has_price=True)
        + "<mj-raw>{% endfor %}{% endif %}</mj-raw>"
    )


def order(block: schema.Order, paper: Paper) -> str:
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
        + section(block, paper, _title(block.title) + table)
        + "<mj-raw>{% endif %}</mj-raw>"
    )
