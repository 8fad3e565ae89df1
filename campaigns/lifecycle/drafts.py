"""Campaigns that are being written: documents that may be incomplete, saved at every
change, with every state kept.

A document is what the campaign's file would say. The editor's form, its YAML tab,
recipes and `campaign apply` all write the same one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.merge_documents import merge
from campaigns.models import Campaign, Draft, DraftSave
from retention_site.lib.clock import real_now

MOST_BYTES = 1_000_000
LONGEST_NAME = 200
MOST_SAVES = 300  # kept of one draft; older ones go


class DraftConflict(Exception):
    """Somebody else changed the same places meanwhile. What was refused is kept."""

    def __init__(self, draft: Draft, aside: DraftSave, places: tuple[str, ...]) -> None:
        self.draft, self.aside, self.places = draft, aside, places
        super().__init__(
            _("%(who)s changed the same place meanwhile: %(places)s.")
            % {"who": draft.saved_by or _("Somebody"), "places": ", ".join(places)}
        )


@transaction.atomic
def start_draft(content: Mapping[str, Any], by: User) -> Campaign:
    """Make a campaign of a document, complete or not; a name that is taken is numbered.

    Raise `BadCampaign` for what no document can hold.
    """
    document = as_document(content)
    document["name"] = free_name(str(document.get("name") or _("New campaign")))
    campaign = Campaign.objects.create(
        name=document["name"],
        created_by=by,
        goal=_goal(document),
        kind=str(document.get("kind") or "marketing"),
    )
    _begin(campaign, document, by, salt=secrets.token_hex(16))
    return campaign


def draft_of(campaign: Campaign, by: User) -> Draft:
    """Return the draft of a campaign; one that has none begins with its newest version."""
    found = Draft.objects.filter(campaign=campaign).first()
    if found is not None:
        return found
    # reading a version needs the whole parser: only what has no draft yet pays for it
    from campaigns.lifecycle.documents import document_of

    version = campaign.versions.order_by("-number").first()
    document = document_of(version) if version else {"name": campaign.name}
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        found = Draft.objects.filter(campaign=campaign).first()
        return found or _begin(campaign, document, by)


def save_draft(
    campaign: Campaign,
    content: Mapping[str, Any],
    by: User,
    *,
    seen: int | None = None,
    returns_to: int | None = None,
) -> Draft:
    """Keep a document as the draft's newest state; the same document is no new state.

    ``seen`` is the number of the state from which it was written: what others changed
    since is kept beside it. Where both changed one place it is stored aside and
    `DraftConflict` is raised. Raise `BadCampaign` for what no document can hold.
    """
    document = as_document(content)
    draft_of(campaign, by)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(campaign=campaign)
        if seen in (None, draft.number):
            return _save(draft, document, by, returns_to)
        merged = merge(draft.at(seen or 0) or {}, document, draft.content)
        if not merged.clashes:
            return _save(draft, merged.document, by, returns_to)
        aside = _keep(draft, document, by, is_aside=True)
    raise DraftConflict(draft, aside, merged.clashes)


def _save(
    draft: Draft, document: dict[str, Any], by: User, returns_to: int | None
) -> Draft:
    if document == draft.content:
        return draft
    saved = _keep(draft, document, by, returns_to=returns_to)
    draft.content, draft.number = document, saved.number
    draft.saved_by, draft.saved_at = by, saved.saved_at
    draft.save()
    _rename(draft.campaign, document)
    return draft


def undo(campaign: Campaign, by: User) -> Draft:
    """Go back to what stood before the newest state; where nothing did, stay."""
    draft = draft_of(campaign, by)
    newest = draft.saves.get(number=draft.number)
    line = draft.saves.filter(number__lt=newest.returns_to or newest.number)
    before = line.filter(is_aside=False).order_by("-number").first()
    if before is None:
        return draft
    return bring_back(campaign, before.number, by)


def bring_back(campaign: Campaign, number: int, by: User) -> Draft:
    """Make an earlier state the newest one again; raise `BadCampaign` where it is gone."""
    content = draft_of(campaign, by).at(number)
    if content is None:
        raise BadCampaign(_("That state of the draft is no longer kept."))
    return save_draft(campaign, content, by, returns_to=number)


def copy(campaign: Campaign, by: User) -> Campaign:
    """Begin another campaign with the document of this one, and customers of its own."""
    content = {**draft_of(campaign, by).content, "name": campaign.name}
    content.pop("salt", None)
    if isinstance(offer := content.get("offer"), Mapping):
        content["offer"] = {key: offer[key] for key in offer if key != "pool"}
    return start_draft(content, by)


def follow(campaign: Campaign, content: Mapping[str, Any], by: User) -> None:
    """Let a draft that is there show what was applied from a file."""
    if Draft.objects.filter(campaign=campaign).exists():
        save_draft(campaign, content, by)


def as_document(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map as JSON can keep it; raise `BadCampaign`."""
    try:
        said = json.dumps(content, default=str, allow_nan=False, ensure_ascii=False)
        size = len(said.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise BadCampaign(f"The file: can't be kept: {str(error)[:200]}.") from error
    if size > MOST_BYTES:
        raise BadCampaign("The file: is larger than 1 MB.")
    if "\\u0000" in said:
        raise BadCampaign(
            "The file: holds a character with the number 0, which can't be stored."
        )
    found = json.loads(said)
    if not isinstance(found, dict):
        raise BadCampaign(
            "The file: keys with values are expected, such as name: Welcome."
        )
    return found


def free_name(name: str) -> str:
    """Number a name that another campaign has."""
    stem = name.strip()[: LONGEST_NAME - 4] or str(_("New campaign"))
    taken = set(
        Campaign.objects.filter(name__startswith=stem).values_list("name", flat=True)
    )
    numbered = (f"{stem} {n}" for n in range(2, len(taken) + 3))
    return next(one for one in (stem, *numbered) if one not in taken)


def is_free(name: str, campaign: Campaign) -> bool:
    """Say whether a campaign may have this name."""
    is_fit = 0 < len(name) <= LONGEST_NAME and name == name.strip()
    return is_fit and not (
        Campaign.objects.filter(name=name).exclude(pk=campaign.pk).exists()
    )


def _begin(
    campaign: Campaign, document: dict[str, Any], by: User, *, salt: str = ""
) -> Draft:
    draft = Draft.objects.create(
        campaign=campaign,
        content=document,
        number=0,
        salt=salt,
        saved_by=by,
        saved_at=real_now(),
    )
    draft.number = _keep(draft, document, by).number
    draft.save(update_fields=["number"])
    return draft


def _keep(draft: Draft, document: dict[str, Any], by: User, **facts: Any) -> DraftSave:
    newest = draft.saves.aggregate(newest=Max("number"))["newest"] or 0
    saved = DraftSave.objects.create(
        draft=draft,
        number=newest + 1,
        content=document,
        saved_by=by,
        saved_at=real_now(),
        **facts,
    )
    draft.saves.filter(number__lte=newest + 1 - MOST_SAVES).exclude(
        number=draft.number
    ).delete()
    return saved


def _rename(campaign: Campaign, document: Mapping[str, Any]) -> None:
    """Follow the document's name and goal until a version stands under the name."""
    if campaign.versions.exists():
        return
    name = document.get("name")
    if isinstance(name, str) and is_free(name, campaign):
        with connection.cursor() as cursor:  # as `apply` does before it makes a name
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [name]
            )
        campaign.name = name
    campaign.goal = _goal(document)
    campaign.kind = str(document.get("kind") or "marketing")
    campaign.save(update_fields=["name", "goal", "kind"])


def _goal(document: Mapping[str, Any]) -> str:
    goal = document.get("goal")
    words = goal.get("words") if isinstance(goal, Mapping) else goal
    return words if isinstance(words, str) else ""
