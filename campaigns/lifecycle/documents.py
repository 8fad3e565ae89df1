"""A campaign's document and its version: from the one to the other and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields
from typing import Any

import yaml
from django.conf import settings

from campaigns.content import journey_steps
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import (
    Content,
    Goal,
    Offer,
    QuietHours,
    SendTime,
    Timetable,
    TriggerPlan,
    hash_of,
    stored,
)
from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.lifecycle.named_segments import as_named, with_rules
from campaigns.models import CampaignVersion
from profiles.segments import describe

ORDERS: dict[str, Any] = {
    "goal": Goal,
    "offer": Offer,
    "schedule": Timetable,
    "trigger": TriggerPlan,
    "send_time": SendTime,
    "quiet_hours": QuietHours,
}


def content_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version of this document would keep; raise `BadCampaign`."""
    return resolved(settle_words(deepcopy(dict(document))))


def resolved(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a version of a campaign would keep, its segments' rules put in; raise
    `BadCampaign`.
    """
    content = stored(
        read(
            with_rules(raw),
            currency=settings.SHOP_CURRENCY,
            time_zone=settings.SHOP_TIME_ZONE,
        )
    )
    _check_rules(content)
    return content


def document_of(version: CampaignVersion) -> dict[str, Any]:
    """Return the shortest document that says what a version keeps.

    A key goes where the version stays the same without it: what is left is what
    somebody chose.
    """
    full = deepcopy(dict(version.content))
    wanted = _hash(full)
    if not wanted:
        return dict(version.content)
    for holder, key in list(_keys(full)):
        value = holder.pop(key)
        if _hash(full) != wanted:
            holder[key] = value
    if "segment" in full:
        full["segment"] = as_named(full["segment"])
    if set(full.get("goal") or ()) == {"words"}:
        full["goal"] = full["goal"]["words"]
    return {key: full[key] for key in version.content if key in full}


def as_yaml(document: Mapping[str, Any]) -> str:
    """Write a document as its file would stand."""
    return yaml.dump(
        in_order(document),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=88,
    )


def in_order(document: Mapping[str, Any]) -> dict[str, Any]:
    """Order the keys as a campaign is thought: the database keeps them in none."""
    return _ordered(document, Content)


def _ordered(found: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    known = [one.name for one in fields(kind)] if kind else []
    keys = [
        *(key for key in known if key in found),
        *(k for k in found if k not in known),
    ]
    return {
        key: (
            _ordered(found[key], ORDERS.get(key))
            if isinstance(found[key], Mapping)
            else found[key]
        )
        for key in keys
    }


def _check_rules(content: Mapping[str, Any]) -> None:
    if content["segment"] and content["trigger"] and "steps" not in content:
        raise BadCampaign(
            "segment: a trigger names its customers itself; leave the segment out."
        )
    for place, rule in _rules(content):
        try:
            describe(rule)
        except ValueError as error:
            raise BadCampaign(f"{place}: {error}") from error


def _rules(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if content["segment"]:
        yield "segment", content["segment"]["rule"]
    if content.get("leave") and content["leave"]["if"]:
        yield "leave.if", content["leave"]["if"]
    steps = content.get("steps", [])
    places = journey_steps.paths(steps)
    for step in journey_steps.walk(steps):
        kind = journey_steps.kind_of(step)
        if kind in ("split", "wait_until") and step[kind]["if"]:
            yield f"{places[step['key']]}.{kind}.if", step[kind]["if"]


def _hash(document: Mapping[str, Any]) -> str:
    try:
        return hash_of(stored(read(dict(document))))
    except BadCampaign:
        return ""


def _keys(full: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every key with its map, the inner ones after the map as a whole."""
    for key, value in list(full.items()):
        if key == "name":
            continue
        yield full, key
        inner = value if isinstance(value, list) else [value]
        for one in inner:
            if isinstance(one, dict) and key not in ("segment", "partials", "steps"):
                yield from ((one, name) for name in list(one))


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: long texts as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
