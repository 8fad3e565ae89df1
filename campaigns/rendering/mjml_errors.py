"""Say in words, and with its place, what is wrong with MJML. Pure."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

PLACE = re.compile(r"position (\d{1,9}):(\d{1,9})")
# a tag ends where the next one begins, so that each letter is read once
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^<>]*)>")
EMPTY = frozenset("br hr img input meta link area base col embed source wbr".split())


def sentence(source: str, error: Exception) -> str:
    """Return one sentence about MJML that the compiler refused with ``error``."""
    if "<mjml" not in source:
        return _("this is no MJML: it starts with <mjml>. HTML belongs into “html”.")
    if fault := _fault(source):
        return fault
    if found := PLACE.search(str(error)):
        # the compiler counts bytes
        before = source.encode()[: int(found[1])].decode(errors="ignore")
        return _("line %(line)d makes no sense here.") % {
            "line": before.count("\n") + 1
        }
    return _("look for a quote or a bracket that is never closed.")


def _fault(source: str) -> str:
    """Name the first tag that is closed wrongly or never; nothing where all are."""
    standing: list[tuple[str, int]] = []
    place = line = 0
    for found in TAG.finditer(source):
        line += source.count("\n", place, found.start())
        place = found.start()
        closes, name, rest = found[1], found[2].lower(), found[3]
        if name in EMPTY or (not closes and rest.endswith("/")):
            continue
        if not closes:
            standing.append((name, line + 1))
            continue
        words = {"line": line + 1, "tag": name}
        if not standing:
            return _("line %(line)d: </%(tag)s> closes nothing.") % words
        opened, at = standing.pop()
        if opened != name:
            return _(
                "line %(line)d: </%(tag)s> stands where <%(open)s> of line %(at)d is"
                " still open."
            ) % {**words, "open": opened, "at": at}
    if not standing:
        return ""
    name, at = standing[-1]
    return _("line %(line)d: <%(tag)s> is never closed.") % {"line": at, "tag": name}
