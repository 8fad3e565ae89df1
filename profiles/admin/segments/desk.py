"""What the pages of the segment builder work on: a segment, somebody's draft of it, and
what this person may ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from profiles.models import Segment, SegmentDraft
from profiles.segments.builder import form
from profiles.segments.builder.choices import PERSONAL as KEYS
from profiles.segments.builder.problems import group_word
from retention_site.lib.admin.pages import person
from retention_site.lib.drafts import saving

from ..rights import PERSONAL

ADD, CHANGE, VIEW = (f"profiles.{verb}_segment" for verb in ("add", "change", "view"))
NEW = "new"
EMPTY: dict[str, Any] = {"all": []}


@dataclass(frozen=True)
class Desk:
    """One person at one segment; ``segment`` is None while it has never been saved."""

    segment: Segment | None
    draft: SegmentDraft | None
    may_write: bool

    @property
    def which(self) -> str:
        return str(self.segment.pk) if self.segment else NEW

    @property
    def title(self) -> str:
        if self.draft:
            return self.draft.title
        return self.segment.title if self.segment else ""

    @property
    def rule(self) -> Any:
        if self.draft:
            return self.draft.rule
        return self.segment.rule if self.segment else EMPTY

    @property
    def saved_rule(self) -> Any:
        return self.segment.rule if self.segment else EMPTY

    @property
    def version(self) -> int:
        return self.segment.version if self.segment else 0

    @property
    def is_behind(self) -> bool:
        """Whether somebody saved another version since the draft began."""
        return self.draft is not None and self.draft.version != self.version


def desk(request: HttpRequest, which: str, *, to_write: bool = False) -> Desk:
    """Find what a page is about; raise `Http404` or `PermissionDenied`."""
    user = person(request)
    segment = None
    if which != NEW:
        if not which.isascii() or not which.isdigit() or len(which) > 18:
            raise Http404
        segment = Segment.objects.filter(pk=int(which)).first()
        if segment is None:
            raise Http404
    may_write = user.has_perm(CHANGE if segment else ADD)
    if not may_write and (to_write or segment is None or not user.has_perm(VIEW)):
        raise PermissionDenied
    draft = (
        SegmentDraft.objects.filter(segment=segment, by=user).first()
        if may_write
        else None
    )
    return Desk(segment, draft, may_write)


def keep(
    request: HttpRequest, found: Desk, *, title: str, rule: Any, seen: int | None = None
) -> Desk:
    """Keep what was typed over the state ``seen``.

    Raise `DraftConflict` where another window changed the same conditions.
    """
    draft = found.draft or _begun(request, found)
    document = {"title": title, "rule": rule}
    kept = saving.save(draft, document, person(request), seen=seen)
    return replace(found, draft=kept)


def _begun(request: HttpRequest, found: Desk) -> SegmentDraft:
    """Begin a draft with what is saved; of two windows at once the first one does."""
    user = person(request)
    draft = SegmentDraft(segment=found.segment, by=user, version=found.version)
    document = {"title": found.title, "rule": form.whole(found.saved_rule)}
    try:
        return saving.begin(draft, document, user)
    except IntegrityError:
        return SegmentDraft.objects.get(segment=found.segment, by=user)


def refused_words(request: HttpRequest, found: Desk, rule: Any) -> dict[str, str]:
    """Say, by path, which conditions ask for what this person may not read: by asking
    often enough, who knows a count knows an address.
    """
    if person(request).has_perm(PERSONAL):
        return {}
    known = [leaf for _path, leaf in _leaves(found.saved_rule, "")]
    words = _("You may not ask for addresses, numbers and last names.")
    return {
        path: words
        for path, leaf in _leaves(rule, "")
        if leaf.get("key") in KEYS
        and set(leaf) - {"is", "key", "is_set"}
        and leaf not in known
    }


def _leaves(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    word = group_word(node)
    if word is None:
        if isinstance(node, dict):
            yield path, node
        return
    for n, inner in enumerate(node[word]):
        yield from _leaves(inner, f"{path}.{n}" if path else str(n))
