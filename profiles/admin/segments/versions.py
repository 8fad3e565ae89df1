"""What each version of a segment says otherwise than the one before."""

from __future__ import annotations

from typing import Any

from profiles.segments.builder.difference import difference

from .desk import Desk

MOST = 20  # versions that a page shows


def versions(found: Desk) -> list[dict[str, Any]]:
    """Each version with what it says otherwise than the one before, the newest first."""
    if found.segment is None:
        return []
    kept = list(
        found.segment.versions.select_related("created_by").order_by("-number")[:MOST]
    )
    before: list[Any] = [*kept[1:], None][: len(kept)]
    told = [
        {
            "version": one,
            "changes": difference(older.rule, one.rule) if older else [],
        }
        for one, older in zip(kept, before, strict=True)
    ]
    if found.draft and found.draft.rule != found.saved_rule:
        told.insert(
            0,
            {"draft": True, "changes": difference(found.saved_rule, found.draft.rule)},
        )
    return told
