"""Campaigns that are being written: documents that may be incomplete, saved at every
change, with every state kept.

A document is what the campaign's file would say. The editor's form, its YAML tab,
recipes and `campaign apply` all write the same one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle.documents import document_of
from campaigns.models import Campaign, Draft
from retention_site.lib.drafts import saving
from retention_site.lib.drafts.saving import DraftConflict

__all__ = ["DraftConflict", "save_draft", "start_draft"]

LONGEST_NAME = 200


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
        origin=origin_of(document),
    )
    saving.begin(Draft(campaign=campaign, salt=secrets.token_hex(16)), document, by)
    return campaign


def draft_of(campaign: Campaign, by: User) -> Draft:
    """Return the draft of a campaign; one that has none begins with its newest version."""
    found = Draft.objects.filter(campaign=campaign).first()
    if found is not None:
        return found
    version = campaign.versions.order_by("-number").first()
    document = document_of(version) if version else {"name": campaign.name}
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        found = Draft.objects.filter(campaign=campaign).first()
        return found or saving.begin(Draft(campaign=campaign), document, by)


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
    draft = saving.save(
        draft_of(campaign, by), document, by, seen=seen, returns_to=returns_to
    )
    _rename(draft)
    return draft


def undo(campaign: Campaign, by: User) -> Draft:
    """Go back to what stood before the newest state; where nothing did, stay."""
    draft = saving.undo(draft_of(campaign, by), by)
    _rename(draft)
    return draft


def bring_back(campaign: Campaign, number: int, by: User) -> Draft:
    """Make an earlier state the newest one again; raise `BadCampaign` where it is gone."""
    try:
        draft = saving.bring_back(draft_of(campaign, by), number, by)
    except saving.NoSuchState as error:
        raise BadCampaign(str(error)) from error
    _rename(draft)
    return draft


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


def origin_of(document: Mapping[str, Any]) -> Campaign.Origin:
    """A document with steps, be there none yet, is a journey's."""
    is_journey = document.get("steps") is not None
    return Campaign.Origin.JOURNEY if is_journey else Campaign.Origin.RAPPORT


def as_document(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map as JSON can keep it; raise `BadCampaign`."""
    try:
        return saving.as_document(content)
    except saving.BadDocument as error:
        raise BadCampaign(f"The file: {error}") from error


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


@transaction.atomic
def _rename(draft: Draft) -> None:
    """Follow the document's name and goal until a version stands under the name."""
    # the state that is the newest now: of two saves at once, the later one names it
    document = Draft.objects.select_for_update().get(pk=draft.pk).content
    campaign = draft.campaign
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
