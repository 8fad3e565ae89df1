"""Templates that campaigns share: written in versions, taken over as they stand when a
campaign is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q

from campaigns.content import language_variants
from campaigns.content.message_parts import PARTS
from campaigns.models import Template, TemplateVersion
from campaigns.rendering import liquid
from campaigns.rendering.blocks import SUFFIXES, in_folders, ours
from campaigns.rendering.design import drafts
from campaigns.rendering.design.expand import DESIGN, LANGUAGES, expanded
from campaigns.rendering.design.reading import read
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.mjml import compile_mjml

SOURCE = "source"  # the one part of a block


@dataclass(frozen=True)
class Written:
    """The version that holds the words, and whether this call made it."""

    version: TemplateVersion
    is_new: bool


@transaction.atomic
def write(
    name: str, channel: str, parts: Mapping[str, Any], *, by: User | None
) -> Written:
    """Keep words as the newest version of a template; the same words again are no new
    version. Raise `WordsError`.
    """
    check_name(name, channel)
    kept = _tidy(channel, parts)
    check(
        channel,
        kept,
        known() | ({name: kept.get(SOURCE, "")} if channel == Template.BLOCK else {}),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [name])
    template, _is_new = Template.objects.get_or_create(
        name=name, defaults={"channel": channel}
    )
    if template.channel != channel:
        raise WordsError(
            f"{name!r} is a template for {template.channel}; choose another name."
        )
    drafts.follow(template, kept, by)
    newest = template.newest
    if newest is not None and newest.parts == kept:
        return Written(newest, is_new=False)
    number = newest.number + 1 if newest else 1
    return Written(
        TemplateVersion.objects.create(
            template=template, number=number, parts=kept, author=by
        ),
        is_new=True,
    )


def newest(name: str, channel: str) -> TemplateVersion:
    """Return what a template says now, or what it said in a version: ``Welcome v2``.
    Raise `WordsError`.
    """
    stem, _v, number = name.rpartition(" v")
    named = Q(template__name=name)
    if stem and number.isdigit() and len(number) < 9:
        named |= Q(template__name=stem, number=int(number))
    found = TemplateVersion.objects.filter(
        named, template__channel=channel
    ).select_related("template")
    version = found.order_by("-number").first()
    if version is None:
        raise WordsError(f"there is no template named {name!r} for {channel}.")
    return version


def blocks() -> dict[str, str]:
    """Return the newest version of every block, by name."""
    found = TemplateVersion.objects.filter(template__channel=Template.BLOCK).order_by(
        "template_id", "-number"
    )
    rows = found.distinct("template_id").values_list("template__name", "parts")
    return {name: str(parts.get(SOURCE, "")) for name, parts in rows}


def known() -> dict[str, str]:
    """Return every block that a template of the library may include."""
    return {**in_folders([ours()]), **blocks()}


def fill_in(words: dict[str, Any], channel: str) -> None:
    """Put a template's parts below a campaign's own; what the campaign says itself
    stays. Raise `WordsError`.
    """
    name = words.get("template")
    if not isinstance(name, str):
        return
    version = newest(name, channel)
    for part, text in expanded(version.parts, channel).items():
        words.setdefault(part, dict(text) if isinstance(text, Mapping) else text)
    words["template"] = str(version)


def compiled(parts: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """Return parts as a version keeps them: MJML made to HTML, languages as
    ``part@language``. Raise `WordsError`.
    """
    flat = _with_html(
        {key: text for key, text in parts.items() if isinstance(text, str)}, known
    )
    for language, own in (parts.get(LANGUAGES) or {}).items():
        flat |= {
            language_variants.named(part, language): text
            for part, text in _with_html(own, known, language).items()
        }
    return flat


def check(channel: str, parts: Mapping[str, Any], known: Mapping[str, str]) -> None:
    """Parse every part in every language; raise `WordsError` that names the part."""
    if channel == Template.BLOCK:
        liquid.partials_of(str(parts.get(SOURCE, "")), known=known)
        return
    required = [part.key for part in PARTS[channel] if part.is_required]
    flat = compiled(expanded(parts, channel), known)
    for language in ("", *language_variants.languages_in(flat)):
        said = (
            language_variants.pick(flat, "") if not language else _own(flat, language)
        )
        for key in required:
            if not said.get(key, "").strip():
                where = f" in {language}" if language else ""
                raise WordsError(
                    f"{'mjml or html' if key == 'html' else key}{where}: is missing."
                )
        for key, text in said.items():
            if key not in ("mjml", "template"):
                liquid.partials_of(text, known=known)


def _own(flat: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        key.partition(language_variants.AT)[0]: text
        for key, text in flat.items()
        if key.endswith(language_variants.AT + language)
    }


def _with_html(
    parts: Mapping[str, str], known: Mapping[str, str], language: str = ""
) -> dict[str, str]:
    mjml = parts.get("mjml", "")
    return (
        {**parts, "html": compile_mjml(mjml, known, language)}
        if mjml.strip()
        else dict(parts)
    )


def _tidy(channel: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty and what is no part."""
    keys = (
        [SOURCE]
        if channel == Template.BLOCK
        else [*(part.key for part in PARTS[channel]), "mjml"]
    )
    kept: dict[str, Any] = {
        key: str(parts[key]) for key in keys if str(parts.get(key) or "").strip()
    }
    if parts.get(DESIGN) and channel != Template.BLOCK:
        kept[DESIGN] = read(parts[DESIGN]).model_dump(mode="json")
    spoken = {
        tag: _tidy(channel, own) for tag, own in (parts.get(LANGUAGES) or {}).items()
    }
    if bad := [tag for tag in spoken if not language_variants.is_language(tag)]:
        raise WordsError(
            f"{bad[0]!r} is no language; write it like de, de-at or zh-hans."
        )
    return (
        {**kept, LANGUAGES: {tag: own for tag, own in spoken.items() if own}}
        if any(spoken.values())
        else kept
    )


def check_name(name: str, channel: str) -> None:
    if not 0 < len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise WordsError("a template needs a name of 1 to 100 characters.")
    if channel == Template.BLOCK and not name.endswith(SUFFIXES):
        raise WordsError(f"a block's name ends with {', '.join(SUFFIXES)}.")
    if channel != Template.BLOCK and channel not in PARTS:
        raise WordsError(f"there is no channel {channel!r}.")
