"""What is being written: saved by itself, and never over what somebody else wrote
meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content import language_variants
from campaigns.models import Template, TemplateDraft
from campaigns.rendering.design.expand import DESIGN, LANGUAGES
from campaigns.rendering.design.reading import read
from campaigns.rendering.liquid import WordsError
from retention_site.lib.drafts import saving

MOST_LANGUAGES = 30


def tidy(parts: Any) -> dict[str, Any]:
    """Return parts that hold documents and nothing else; raise `WordsError`."""
    if not isinstance(parts, Mapping):
        raise WordsError(_("This is no message."))
    kept: dict[str, Any] = {DESIGN: read(parts.get(DESIGN)).model_dump(mode="json")}
    spoken = parts.get(LANGUAGES) or {}
    if not isinstance(spoken, Mapping) or len(spoken) > MOST_LANGUAGES:
        raise WordsError(
            _("A message has at most %(n)d languages.") % {"n": MOST_LANGUAGES}
        )
    for tag, own in spoken.items():
        if not language_variants.is_language(str(tag)):
            raise WordsError(
                _("“%(tag)s” is no language; write it like de, de-at or zh-hans.")
                % {"tag": str(tag)[:20]}
            )
        document = read(own.get(DESIGN) if isinstance(own, Mapping) else None)
        kept.setdefault(LANGUAGES, {})[str(tag)] = {
            DESIGN: document.model_dump(mode="json")
        }
    return kept


def draft_of(template: Template, by: User | None) -> TemplateDraft:
    """Return the draft of a template; one that has none begins with its newest version."""
    found = TemplateDraft.objects.filter(template=template).first()
    if found is not None:
        return found
    with transaction.atomic():
        Template.objects.select_for_update().get(pk=template.pk)
        found = TemplateDraft.objects.filter(template=template).first()
        draft = TemplateDraft(template=template)
        return found or saving.begin(draft, current(template), by)


def save(
    template: Template, parts: Any, by: User | None, *, seen: int | None = None
) -> TemplateDraft:
    """Save a draft that was read as the state ``seen``.

    Raise `DraftConflict`, or `WordsError` where it is no message.
    """
    return saving.save(draft_of(template, by), tidy(parts), by, seen=seen)


def follow(template: Template, parts: Mapping[str, Any], by: User | None) -> None:
    """Let a draft that is there show what was written as a version."""
    draft = TemplateDraft.objects.filter(template=template).first()
    if draft is not None:
        saving.save(draft, parts, by)


def current(template: Template) -> dict[str, Any]:
    """Return what the editor opens: the draft, else the newest version."""
    draft = TemplateDraft.objects.filter(template=template).first()
    if draft is not None:
        return dict(draft.content)
    newest = template.newest
    return dict(newest.parts) if newest else {DESIGN: read({}).model_dump(mode="json")}
