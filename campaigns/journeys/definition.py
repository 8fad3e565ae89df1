"""A journey's version as its engine reads it: steps as places, and the run that holds
each message step's messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from campaigns.content.journey_content import message_mapping
from campaigns.content.journey_graph import Graph, Place, graph_of
from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.models import CampaignVersion, Run


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


def journey_of(version: int) -> Journey:
    """Return a version ready to run; what was approved never changes."""
    found = CampaignVersion.objects.values_list("hash", flat=True).get(pk=version)
    return _known(version, found)


def run_key(version: int, step: str) -> str:
    """Name the run of one message step of one version of a journey."""
    return f"journey:{version}:{step}"


def step_name(journey: str, step: str) -> str:
    """Name the hidden campaign of a message step."""
    return f"{journey} › {step}"


def step_content(version: CampaignVersion, place: Place) -> Content:
    """Return what a message step says as a campaign of its own."""
    name = step_name(version.content["name"], place.key)
    return read(message_mapping(version.content, place.says, name))


@lru_cache(maxsize=200)
def _known(pk: int, _hash: str) -> Journey:
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
