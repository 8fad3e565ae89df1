"""Checks of a letter's page: links, descriptions of pictures, size, the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.rendering.design.inline_text import is_empty
from campaigns.rendering.message_checks.checked import Checked, Finding, Level

CLIPPED_AT = 102_000  # bytes: what Gmail shows before "[Message clipped]"
NEARLY = 0.8
SHOWN = 60
# A tag ends where the next one begins: else each that is never closed would be read to
# the end of the page.
LINK = re.compile(r"<a\b[^<>]*>", re.IGNORECASE)
PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
HREF = re.compile(
    r"""\shref\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
NAME = re.compile(r"\sname\s{0,5}=", re.IGNORECASE)
ALT = re.compile(r"\salt\b", re.IGNORECASE)
GOOD = ("http", "https", "mailto", "tel")
SAMPLES = ("example.com", "example.org", "example.net")


def _targets(html: str) -> list[str]:
    """Return where each link of a page leads; an anchor that is only a name is none."""
    found = []
    for tag in LINK.findall(html):
        address = HREF.search(tag)
        if address or not NAME.search(tag):
            parts = address.groups(default="") if address else ()
            found.append(unescape("".join(parts)).strip())
    return list(dict.fromkeys(found))


def links(checked: Checked) -> Iterator[Finding]:
    """Find links that lead nowhere."""
    for target in _targets(checked.said.html):
        if not target or target == "#":
            yield Finding(Level.ERROR, _("A link leads nowhere: it has no address."))
            continue
        try:
            parts = urlsplit(target)
        except ValueError:
            parts = urlsplit("")
        words = {"link": target[:SHOWN]}
        if parts.scheme not in GOOD:
            yield Finding(
                Level.ERROR, _("No mail program opens the link “%(link)s”.") % words
            )
        elif parts.hostname in SAMPLES:
            yield Finding(
                Level.WARNING,
                _("The link “%(link)s” leads to a made-up address.") % words,
            )
        elif parts.scheme == "http":
            yield Finding(
                Level.HINT, _("The link “%(link)s” is not encrypted.") % words
            )
    yield from _buttons(checked)


def _buttons(checked: Checked) -> Iterator[Finding]:
    for block in checked.design.every() if checked.design else ():
        if block.kind == "button" and is_empty(block.text):
            yield Finding(Level.ERROR, _("A button has no words."), block.id)


def pictures(checked: Checked) -> Iterator[Finding]:
    """Find pictures that say nothing to who can't see them."""
    if checked.design is None:
        n = sum(not ALT.search(one) for one in PICTURE.findall(checked.said.html))
        if n:
            yield Finding(
                Level.WARNING,
                ngettext(
                    "%(n)d picture has no alt text.",
                    "%(n)d pictures have no alt text.",
                    n,
                )
                % {"n": n},
            )
        return
    for block in checked.design.every():
        if block.kind != "image":
            continue
        if not block.image and not block.url:
            yield Finding(Level.ERROR, _("A picture is still to be chosen."), block.id)
        elif not block.alt.strip() and not block.is_decorative:
            yield Finding(
                Level.ERROR,
                _(
                    "A picture has no alt text. Say what it shows, or that it decorates."
                ),
                block.id,
            )


def size(checked: Checked) -> Iterator[Finding]:
    """Find letters that a mailbox would cut off."""
    n = len(checked.said.html.encode())
    words = {"kb": f"{n / 1_000:.0f}", "most": f"{CLIPPED_AT / 1_000:.0f}"}
    if n > CLIPPED_AT:
        yield Finding(
            Level.ERROR,
            _("%(kb)s kB: Gmail cuts a mail off after %(most)s kB.") % words,
        )
    elif n > NEARLY * CLIPPED_AT:
        yield Finding(
            Level.WARNING, _("%(kb)s kB of the %(most)s kB that Gmail shows.") % words
        )


def way_out(checked: Checked) -> Iterator[Finding]:
    """Find letters that nobody can opt out of."""
    if not checked.said.html:
        return
    ways = [
        checked.context.get("unsubscribe_url"),
        checked.context.get("preferences_url"),
    ]
    page = unescape(checked.said.html)
    if not any(way and str(way) in page for way in ways):
        yield Finding(
            Level.ERROR,
            _("There is no way to opt out. Add the footer: marketing mail needs one."),
        )
