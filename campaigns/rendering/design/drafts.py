"""What is being written: saved by itself, and never over what somebody else wrote
meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from campaigns.content import language_variants
from campaigns.models import Template
from campaigns.rendering.design.expand import DESIGN, LANGUAGES
from campaigns.rendering.design.reading import read
from campaigns.rendering.liquid import WordsError

MOST_LANGUAGES = 30


class Overtaken(Exception):
    """Somebody else saved the draft since it was read."""


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


def save(template: Template, parts: Any, number: int, *, by: User | None) -> int:
    """Save a draft that was read as ``number``; return its new number.

    Raise `Overtaken`, or `WordsError` where it is no message.
    """
    kept = tidy(parts)
    saved = Template.objects.filter(pk=template.pk, draft_number=number).update(
        draft=kept, draft_by=by, draft_at=Now(), draft_number=F("draft_number") + 1
    )
    if not saved:
        raise Overtaken
    return number + 1


def current(template: Template) -> dict[str, Any]:
    """Return what the editor opens: the draft, else the newest version."""
    if template.draft:
        return dict(template.draft)
    newest = template.newest
    return dict(newest.parts) if newest else {DESIGN: read({}).model_dump(mode="json")}
