"""Whom a version means as of a time, arms included: the same months later, and who came
and went between two days.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.parse import read
from campaigns.models import Campaign, CampaignVersion
from campaigns.planning.arm_assignment import Place, places
from campaigns.planning.audiences.audience import external_ids
from campaigns.planning.audiences.frozen_audience import freeze
from campaigns.planning.decide import GLOBAL_HOLDOUT
from campaigns.planning.holdouts import lots_of
from profiles import history
from profiles.segments import members
from retention_site.lib.clock import now

Placed = Mapping[str, str]  # the shop's id → arm


def audience_at(
    campaign: Campaign,
    as_of: datetime,
    *,
    known_at: datetime | None = None,
    against: datetime | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Return number, hash and arms of the audience by what had happened by `as_of` and
    was known by `known_at` (now).

    The same version, moments and salt give the same hash months later; `arms_hash`
    covers who is in which arm. With `against` the answer says who joined and who left
    since then. Raise LookupError without a rule.
    """
    history.refresh()
    known_at = known_at or now()

    version = campaign.approved_version or campaign.versions.order_by("-number").first()
    if version is None or version.content.get("segment") is None:
        raise LookupError(
            _("{campaign} has no version with a segment.").format(campaign=campaign)
        )
    found = _placed(version, as_of, known_at)
    answer = {
        "campaign": campaign.name,
        "version": version.number,
        "version_hash": version.hash,
        "as_of": as_of,
        "known_at": known_at,
        "n": len(found),
        "hash": freeze(dict(enumerate(found))).hash,
        "arms": dict(Counter(found.values()).most_common()),
        "arms_hash": _arms_hash(found),
    }
    before = _placed(version, against, known_at) if against else {}
    if against:
        answer |= {
            "against": against,
            "joined": len(found.keys() - before),
            "left": len(before.keys() - found),
        }
    if out:
        _write(out, found, before if against else None)
    return answer


def _placed(
    version: CampaignVersion, as_of: datetime, known_at: datetime
) -> dict[str, str]:
    content = read(version.content)
    assert content.segment is not None  # noqa: S101  the caller asked
    ids = sorted(
        external_ids(
            [int(pk) for pk in members(content.segment.rule, as_of, known_at)]
        ).values(),
        key=str.encode,
    )
    drawn = places(content, ids, version.salt, lots_of(version.campaign_id, content))
    return {one: _named(place) for one, place in zip(ids, drawn, strict=True)}


def _named(place: Place) -> str:
    return GLOBAL_HOLDOUT if place.is_held_out and place.arm else place.arm


def _arms_hash(found: Placed) -> str:
    return hashlib.sha256(
        "".join(f"{one}\t{arm}\n" for one, arm in found.items()).encode()
    ).hexdigest()


def _write(out: Path, found: Placed, before: Placed | None) -> None:
    with out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["customer_id", "arm", *(["change"] if before is not None else [])]
        )
        for one in sorted({*found, *(before or {})}, key=str.encode):
            arm = found.get(one) or (before or {}).get(one, "")
            writer.writerow(
                [
                    one,
                    arm,
                    *([_change(one, found, before)] if before is not None else []),
                ]
            )


def _change(one: str, found: Placed, before: Placed) -> str:
    if one not in before:
        return "joined"
    return "stayed" if one in found else "left"
