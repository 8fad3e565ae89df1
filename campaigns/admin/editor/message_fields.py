"""The section on messages: channels, where the words come from, and the short ones in
place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.editor import offered
from campaigns.admin.editor.choices_in_form import OWN
from campaigns.admin.editor.drawn import Field, Group, Section
from campaigns.admin.editor.form import shown
from campaigns.admin.editor.values import get
from campaigns.content.message_parts import PARTS, Part
from retention_site.lib.admin.words import said

TITLES = {
    "subject": gettext_lazy("Subject"),
    "preheader": gettext_lazy("Preheader"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
    "url": gettext_lazy("Link"),
    "image": gettext_lazy("Picture's address"),
    "collapse": gettext_lazy("Takes the place of older ones named"),
}
MODES = (
    ("all", gettext_lazy("What fits best")),
    ("repeat", gettext_lazy("What they usually buy")),
    ("discover", gettext_lazy("What is new to them")),
)


def message_section(document: Mapping[str, Any]) -> Section:
    channels = [one for one in shown(document, "channels") if one in PARTS]
    every = tuple((key, capfirst(said(key))) for key in PARTS)
    chosen = Field(
        "channels", _("Channels"), "checks", every, redraws=True, is_wide=True
    )
    groups = [Group(fields=[chosen])]
    for channel in channels:
        groups.append(_channel(document, channel))
        groups += _variants(document, channel)
    groups.append(Group(_("More"), _more(document), is_folded=True))
    return Section("message", _("Message"), "mail", groups)


def _channel(document: Mapping[str, Any], channel: str) -> Group:
    place = f"messages.{channel}"
    parts = PARTS[channel]
    fields = [_part(place, part) for part in parts if part.is_one_line]
    if _is_long(channel):
        fields.append(_words_from(place, channel))
    source = shown(document, f"{place}.from")
    for part in parts:
        is_written = isinstance(get(document, f"{place}.{part.key}"), str)
        is_short = not _is_long(channel)
        if not part.is_one_line and not part.is_html and (is_short or is_written):
            fields.append(_part(place, part))
    about = ""
    if source == OWN:
        about = _("Its words stand in the document itself; see YAML.")
    new = offered.address("admin:campaigns_template_add")
    link = (new, _("Write a template")) if new and _is_long(channel) else None
    return Group(capfirst(said(channel)), fields, about=about, link=link)


def _is_long(channel: str) -> bool:
    return any(part.is_html for part in PARTS[channel])


def _part(place: str, part: Part, *, empty: str = "") -> Field:
    return Field(
        f"{place}.{part.key}",
        TITLES.get(part.key, part.key),
        "text" if part.is_one_line else "area",
        empty=empty,
        is_wide=True,
    )


def _words_from(place: str, channel: str) -> Field:
    return Field(
        f"{place}.from",
        _("Template"),
        "select",
        offered.templates(channel),
        empty=_("choose one"),
        redraws=True,
        is_wide=True,
    )


def _variants(document: Mapping[str, Any], channel: str) -> list[Group]:
    """What each variant says of its own, part by part, where there is more than one;
    what it leaves out is as above.
    """
    arms = document.get("arms")
    if not isinstance(arms, list) or len(arms) < 2:
        return []
    return [_variant(document, channel, number) for number in range(1, len(arms) + 1)]


def _variant(document: Mapping[str, Any], channel: str, number: int) -> Group:
    place = f"arms.{number}.messages.{channel}"
    parts = [part for part in PARTS[channel] if not part.is_html]
    fields = [
        _part(place, part, empty=_("as above"))
        for part in parts
        # a mail's text part is made of its letter, unless it is written
        if part.is_one_line
        or not _is_long(channel)
        or isinstance(get(document, f"{place}.{part.key}"), str)
    ]
    if _is_long(channel):
        chosen = (("", _("as above")), *offered.templates(channel))
        fields.append(replace(_words_from(place, channel), options=chosen, empty=""))
    about = ""
    if shown(document, f"{place}.from") == OWN:
        about = _("Its words stand in the document itself; see YAML.")
    name = get(document, f"arms.{number}.name") or ""
    words = {"variant": str(name), "channel": said(channel)}
    title = _("%(channel)s of “%(variant)s”") % words
    is_alike = get(document, place) is None
    return Group(capfirst(title), fields, about=about, is_folded=is_alike)


def _more(document: Mapping[str, Any]) -> list[Field]:
    fields = [
        Field("preferred", _("Preferred channel stands in the trait")),
        Field("products", _("With recommended products"), "flag", redraws=True),
    ]
    if document.get("recommendations") is not None:
        fields += [
            Field("recommendations.mode", _("Products"), "select", MODES),
            Field("recommendations.k", _("How many"), "number"),
        ]
    return fields
