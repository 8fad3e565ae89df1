"""A whole document as MJML and as plain text: what a template's parts are made of.
Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.rendering.design import schema
from campaigns.rendering.design.inline_text import html, is_empty, plain, plain_line
from campaigns.rendering.design.look import Look
from campaigns.rendering.design.mjml_blocks import written
from campaigns.rendering.design.mjml_sections import GUTTER, Paper

# Mail programs that know a dark look take this one; others make their own.
DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  body, .m-ground { background: #111817 !important; }
  .m-card, .m-card table { background: #1c2524 !important; background-color: #1c2524 !important; }
  .m-text div, .m-text table, .m-text td, .m-text h1, .m-text h2, .m-text span { color: #e8eeec !important; }
  .m-soft div, .m-soft a { color: #aab7b4 !important; }
}
"""


def parts(
    design: schema.Design,
    channel: str,
    look: Look,
    images: Mapping[str, str],
    *,
    is_marked: bool = False,
) -> dict[str, str]:
    """Return a document as the parts of a template."""
    lines = {
        key: plain_line(line)
        for key, line in design.lines.items()
        if not is_empty(line)
    }
    if channel != "email":
        return lines
    paper = Paper(look, dict(images), is_marked)
    if not design.blocks:
        return lines
    return {**lines, "mjml": mjml(design, paper), "text": text(design, look)}


def mjml(design: schema.Design, paper: Paper) -> str:
    """Return a letter as MJML with Liquid in it."""
    look = paper.look
    body = "".join(written(block, paper) for block in design.blocks)
    return (
        "<mjml><mj-head><mj-title>{{ subject }}</mj-title>"
        "<mj-preview>{{ preheader | default: subject }}</mj-preview><mj-attributes>"
        f'<mj-all font-family="{look.fonts}" />'
        f'<mj-section background-color="{look.card}" padding="0" />'
        f'<mj-text font-size="16px" line-height="1.5" color="{look.ink}"'
        f' padding="8px {GUTTER}px" />'
        '<mj-button font-size="16px" font-weight="600" border-radius="8px"'
        ' inner-padding="13px 26px" />'
        '<mj-class name="small" font-size="13px" line-height="1.5" color="#6b7280" />'
        f"</mj-attributes><mj-style>{DARK}</mj-style></mj-head>"
        f'<mj-body background-color="{look.ground}" css-class="m-ground">'
        f"{_head(look)}{body}</mj-body></mjml>"
    )


def _head(look: Look) -> str:
    """The brand above every letter: its logo, else its name."""
    name = html(look.name) or "{{ shop.name }}"
    if look.logo:
        leads = f' href="{html(look.website)}"' if look.website else ""
        return (
            '<mj-section padding="18px 0" css-class="m-card"><mj-column>'
            f'<mj-image src="{look.logo}" alt="{name}"{leads} width="160px"'
            f' align="left" padding="0 {GUTTER}px" /></mj-column></mj-section>'
        )
    return (
        f'<mj-section background-color="{look.accent}" padding="18px 0"><mj-column>'
        f'<mj-text color="{look.on_accent}" font-size="20px" font-weight="700"'
        f' padding="0 {GUTTER}px">{name}</mj-text></mj-column></mj-section>'
    )


# The text part


def text(design: schema.Design, look: Look) -> str:
    """Return the text part of a letter."""
    said = (TEXTS.get(block.kind, _nothing)(block, look) for block in design.blocks)
    return "\n\n".join(one for one in said if one.strip())


def _nothing(_block: Any, _look: Look) -> str:
    return ""


def _heading(block: schema.Heading, _look: Look) -> str:
    return plain_line(block.text)


def _words(block: schema.Words, _look: Look) -> str:
    return "\n\n".join(plain_line(line) for line in block.text)


def _image(block: schema.Image, _look: Look) -> str:
    if block.is_decorative or not block.alt:
        return ""
    leads = f" {_address(block.link)}" if block.link else ""
    return f"{plain(block.alt)}{leads}"


def _address(link: str) -> str:
    run = schema.Run(link=link or "shop")
    return plain_line([run]).strip().removeprefix("(").removesuffix(")")


def _button(block: schema.Button, _look: Look) -> str:
    label = plain_line([run.model_copy(update={"link": ""}) for run in block.text])
    return f"{label}: {_address(block.link)}" if label.strip() else _address(block.link)


def _titled(line: Any, rest: str) -> str:
    return rest if is_empty(line) else f"{plain_line(line)}\n{rest}"


def _products(block: schema.Products, _look: Look) -> str:
    price = "{% if product.price %}, {{ product.price }}{% endif %}"
    reason = "{% if product.reason %} – {{ product.reason }}{% endif %}"
    one = (
        "* {{ product.title }}"
        + (price if block.has_price else "")
        + (reason if block.has_reason else "")
        + "{% if product.url %}\n  {{ product.url }}{% endif %}\n"
    )
    each = (
        f"{{% for product in recommendations limit: {block.most} %}}{one}{{% endfor %}}"
    )
    return (
        f"{{% if recommendations.size > 0 %}}{_titled(block.title, each)}{{% endif %}}"
    )


def _coupon(block: schema.Coupon, _look: Look) -> str:
    lines = [plain_line(block.text), "{{ coupon.code }}", plain_line(block.note)]
    said = "\n".join(line for line in lines if line.strip())
    return f"{{% if coupon %}}{said}{{% endif %}}"


def _last_viewed(block: schema.LastViewed, _look: Look) -> str:
    each = (
        f"{{% for product in last_viewed limit: {block.most} %}}* {{{{ product.title }}}}"
        "{% if product.price %}, {{ product.price }}{% endif %}\n{% endfor %}"
    )
    return f"{{% if last_viewed.size > 0 %}}{_titled(block.title, each)}{{% endif %}}"


def _order(block: schema.Order, _look: Look) -> str:
    each = (
        "{% for line in order.lines %}{{ line.quantity }} × {{ line.title }}"
        "{% if line.price %}, {{ line.price }}{% endif %}\n{% endfor %}"
        f"{{% if order.total %}}{plain(block.total)}: {{{{ order.total }}}}{{% endif %}}"
    )
    return f"{{% if order %}}{_titled(block.title, each)}{{% endif %}}"


def _divider(block: schema.Divider, _look: Look) -> str:
    return "----" if block.has_line else ""


def _columns(block: schema.Columns, look: Look) -> str:
    every = (one for column in block.columns for one in column.blocks)
    said = (TEXTS[one.kind](one, look) for one in every)
    return "\n\n".join(one for one in said if one.strip())


def _social(block: schema.Social, _look: Look) -> str:
    return "\n".join(
        f"{plain(one.name)}: {_address(one.link)}"
        for one in block.links
        if one.link and one.name
    )


def _footer(block: schema.Footer, look: Look) -> str:
    own = [plain_line(line) for line in block.text]
    ways = [
        f"{plain(block.unsubscribe)}: {{{{ unsubscribe_url }}}}",
        f"{plain(block.preferences)}: {{{{ preferences_url }}}}",
    ]
    said = ["--", *own, plain(look.footer), *ways]
    return "\n".join(line for line in said if line.strip())


TEXTS: dict[str, Callable[[Any, Look], str]] = {
    "heading": _heading,
    "text": _words,
    "image": _image,
    "button": _button,
    "products": _products,
    "coupon": _coupon,
    "last_viewed": _last_viewed,
    "order": _order,
    "divider": _divider,
    "columns": _columns,
    "social": _social,
    "footer": _footer,
}
