"""Begin, save and undo a draft; put changes of several people together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from retention_site.lib.clock import real_now

from .merge_documents import merge
from .models import DraftBase, SaveBase

MOST_BYTES = 1_000_000
MOST_SAVES = 300  # kept of one draft; older ones go

D = TypeVar("D", bound=DraftBase)


class BadDocument(ValueError):
    """Nothing that can be kept as a document: one sentence."""


class NoSuchState(LookupError):
    """That state of the draft is no longer kept."""


class DraftConflict(Exception):
    """Somebody else changed the same places meanwhile. What was refused is kept."""

    def __init__(
        self, draft: DraftBase, aside: SaveBase, places: tuple[str, ...]
    ) -> None:
        self.draft, self.aside, self.places = draft, aside, places
        who = draft.saved_by or _("Somebody")
        words = _("%(who)s changed the same place meanwhile.") % {"who": who}
        super().__init__(words)

    @property
    def told(self) -> dict[str, Any]:
        """What the page that sent it needs, to offer both."""
        return {
            "problem": str(self),
            "number": self.draft.number,
            "aside": self.aside.number,
        }


def begin(draft: D, document: Mapping[str, Any], by: User | None) -> D:
    """Make a draft of its first state. ``draft`` is a new row that says what it is
    about.
    """
    draft.content, draft.number = dict(document), 1
    draft.saved_by, draft.saved_at = by, real_now()
    with transaction.atomic():
        draft.save(force_insert=True)
        _keep(draft, draft.content, by)
    return draft


def save(
    draft: D,
    document: Mapping[str, Any],
    by: User | None,
    *,
    seen: int | None = None,
    returns_to: int | None = None,
) -> D:
    """Keep a document as the draft's newest state; the same document is no new state.

    ``seen`` is the number of the state from which it was written: what others changed
    since is put beside it. Where both changed one place it is stored aside and
    `DraftConflict` is raised. Raise `BadDocument` for what no draft can hold.
    """
    sent = as_document(document)
    with transaction.atomic():
        found = type(draft)._default_manager.select_for_update().get(pk=draft.pk)
        if seen in (None, found.number):
            return _take(found, sent, by, returns_to)
        merged = merge(found.at(seen or 0) or {}, sent, found.content)
        if not merged.clashes:
            found.is_merged = merged.document != sent
            return _take(found, merged.document, by, returns_to)
        aside = _keep(found, sent, by, is_aside=True)
    raise DraftConflict(found, aside, merged.clashes)


def undo(draft: D, by: User | None) -> D:
    """Go back to what stood before the newest state; where nothing did, stay."""
    newest = draft.saves.get(number=draft.number)
    line = draft.saves.filter(number__lt=newest.returns_to or newest.number)
    before = line.filter(is_aside=False).order_by("-number").first()
    return draft if before is None else bring_back(draft, before.number, by)


def bring_back(draft: D, number: int, by: User | None) -> D:
    """Make an earlier state the newest one again; raise `NoSuchState` where it is gone."""
    content = draft.at(number)
    if content is None:
        raise NoSuchState(_("That state of the draft is no longer kept."))
    return save(draft, content, by, returns_to=number)


def as_document(content: Any) -> dict[str, Any]:
    """Return a map as JSON can keep it; raise `BadDocument`."""
    try:
        said = json.dumps(content, default=str, allow_nan=False, ensure_ascii=False)
        size = len(said.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise BadDocument(f"can't be kept: {str(error)[:200]}.") from error
    if size > MOST_BYTES:
        raise BadDocument("is larger than 1 MB.")
    if "\\u0000" in said:
        raise BadDocument("holds a character with the number 0, which can't be stored.")
    found = json.loads(said)
    if not isinstance(found, dict):
        raise BadDocument("keys with values are expected, such as name: Welcome.")
    return found


def _take(
    draft: D, document: dict[str, Any], by: User | None, returns_to: int | None
) -> D:
    if document == draft.content:
        return draft
    saved = _keep(draft, document, by, returns_to=returns_to)
    draft.content, draft.number = document, saved.number
    draft.saved_by, draft.saved_at = by, saved.saved_at
    draft.save()
    return draft


def _keep(
    draft: DraftBase, document: dict[str, Any], by: User | None, **facts: Any
) -> SaveBase:
    """Write a state down. A state that is kept aside takes a number too, so that no
    later one can be mistaken for it.
    """
    newest = draft.saves.aggregate(newest=Max("number"))["newest"] or 0
    saved: SaveBase = draft.saves.create(
        number=newest + 1, content=document, saved_by=by, saved_at=real_now(), **facts
    )
    older = draft.saves.filter(number__lte=newest + 1 - MOST_SAVES)
    older.exclude(number=draft.number).delete()
    return saved
