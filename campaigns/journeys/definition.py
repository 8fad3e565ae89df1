"""A journey's version as its engine reads it: steps as places, and the run that holds
each message step's messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from campaigns.content.journey_content import message_mapping
from campaigns.content.journey_graph import Graph, Place, graph_of
from campaigns.content.model import Content, hash_of, stored
from campaigns.content.parse import read
from campaigns.models import CampaignVersion, Run

MOST = 200  # versions that a process remembers


@dataclass(frozen=True)
class MessageStep:
    """What a message step says, as a campaign's content, and its run."""

    run: Run
    content: Content

    @property
    def salt(self) -> str:
        return self.run.version.salt


@dataclass(frozen=True)
class Journey:
    """One version of a journey, ready to move people."""

    version: CampaignVersion
    content: Content
    graph: Graph
    messages: Mapping[int, MessageStep]  # by place

    @property
    def is_whole(self) -> bool:
        """Whether each message step has its run: it was published."""
        return len(self.messages) == len(self.graph.message_places)


def journey_of(version: int) -> Journey:
    """Return a version ready to run; what was published never changes."""
    hashed = CampaignVersion.objects.values_list("hash", flat=True).get(pk=version)
    if (version, hashed) not in _known:
        found = _read(version)
        if not found.is_whole:
            return found
        if len(_known) >= MOST:
            _known.clear()
        _known[version, hashed] = found
    return _known[version, hashed]


def run_key(version: int, step: str) -> str:
    """Name the run of one message step of one version of a journey."""
    return f"journey:{version}:{step}"


def step_name(journey: str, step: str) -> str:
    """Name the hidden campaign of a message step."""
    return f"{journey} › {step}"


def step_content(version: CampaignVersion, place: Place) -> Content:
    """Return what a message step says as a campaign of its own."""
    name = step_name(version.content["name"], place.key)
    return read(
        message_mapping(version.content, place.says, name),
        currency=settings.SHOP_CURRENCY,
        time_zone=settings.SHOP_TIME_ZONE,
    )


def step_version(
    journey: CampaignVersion, place: Place
) -> tuple[CampaignVersion, Content]:
    """Return a message step's version, not saved yet, and what it says."""
    content = step_content(journey, place)
    kept = stored(content)
    version = CampaignVersion(
        number=journey.number,
        content=kept,
        hash=hash_of(kept),
        salt=journey.salt,
        state=CampaignVersion.State.APPROVED,
        author_id=journey.author_id,
        approver_id=journey.approver_id,
        approved_at=journey.approved_at,
    )
    return version, content


def _read(pk: int) -> Journey:
    version = CampaignVersion.objects.select_related("campaign").get(pk=pk)
    content = read(version.content)
    graph = graph_of(content.steps)
    runs = Run.objects.filter(key__startswith=run_key(pk, "")).select_related(
        "version", "campaign"
    )
    messages = {
        graph.by_key[run.key.rpartition(":")[2]].number: MessageStep(
            run, read(run.version.content)
        )
        for run in runs
    }
    return Journey(version, content, graph, messages)


_known: dict[tuple[int, str], Journey] = {}
