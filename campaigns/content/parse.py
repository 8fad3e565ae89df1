"""From a map (a YAML file, an admin form, a stored version) to a `Content`. Pure: no
files, no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from campaigns.content import (
    contact_windows,
    experiment,
    journey_content,
    language_variants,
    timing,
    triggers,
)
from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.message_parts import PARTS
from campaigns.content.model import (
    CONTROL,
    Arm,
    Content,
    Kind,
    Offer,
    Recommendations,
    SegmentRule,
    WhenExhausted,
)
from campaigns.content.pool_terms import read_conditions, read_currency
from campaigns.content.value_policies import read_policy

DEFAULT_HOLDOUT = {Kind.MARKETING: 0.1, Kind.TRANSACTIONAL: 0.0}
DEFAULT_CHANNELS = ("email",)
MODES = ("all", "repeat", "discover")
HOURS_OF_A_YEAR = 24 * 366


def read(raw: Any, *, currency: str = "USD", time_zone: str = "UTC") -> Content:
    """Read a whole campaign; raise `BadCampaign` with one sentence that names the key."""
    return Section(raw).through(lambda top: _content(top, currency, time_zone))


def _content(top: Section, currency: str, time_zone: str) -> Content:
    name = top.text("name")
    if not name or len(name) > 200:
        raise top.refuse("name", "a campaign needs a name of 1 to 200 characters.")
    kind = Kind(top.choice("kind", list(Kind), Kind.MARKETING))
    trigger = top.read("trigger", triggers.trigger)
    channels = top.choices("channels", PARTS, DEFAULT_CHANNELS) or DEFAULT_CHANNELS
    messages = top.read("messages", _messages, {})
    offer = top.read("offer", lambda section: _offer(section, currency))
    arms = _arms(top, offer)
    read_step = partial(read, currency=currency, time_zone=time_zone)
    journey = journey_content.read(top, read_step) if top.has("steps") else {}
    content = Content(
        name=name,
        kind=kind,
        goal=experiment.goal(top),
        segment=_segment(top, is_needed=trigger is None),
        topic=top.text("topic", ""),
        salt=top.text("salt", ""),
        holdout=top.number("holdout", DEFAULT_HOLDOUT[kind], low=0, high=0.9),
        arms=arms,
        channels=channels,
        preferred=top.text("preferred", ""),
        messages=messages,
        partials=_texts(top, "partials"),
        offer=offer,
        recommendations=top.read("recommendations", _recommendations),
        limits=top.read("limits", _limits, {}),
        quiet_hours=top.read("quiet_hours", timing.quiet_hours),
        expires_after_hours=top.number(
            "expires_after_hours", 72, low=0.1, high=HOURS_OF_A_YEAR
        ),
        priority=top.whole("priority", 100, low=1, high=1000),
        schedule=top.read(
            "schedule", lambda section: timing.schedule(section, time_zone)
        ),
        trigger=trigger,
        send_time=top.read("send_time", timing.send_time),
        campaign_class=top.text("campaign_class", ""),
        must_arrive=top.flag("must_arrive", default=False),
        global_holdout=top.flag("global_holdout", default=kind == Kind.MARKETING),
        layer=top.read("layer", experiment.layer),
        allocation=top.read("allocation", experiment.allocation),
        **journey,
    )
    experiment.check(content)
    if content.is_journey:
        journey_content.check(content)
    else:
        _check_words(content)
        triggers.check(content.trigger)
    if content.schedule and content.trigger:
        raise BadCampaign("trigger: a campaign has a schedule or a trigger, not both.")
    _check_confirmation(content)
    return content


def _check_confirmation(content: Content) -> None:
    """A confirmation proves who owns an address only when it is asked for at that
    address, of everybody.
    """
    plan = content.trigger
    if plan is None or plan.kind != triggers.PENDING_CONSENT:
        return
    if content.is_marketing or content.holdout:
        raise BadCampaign(
            "kind: who is asked to confirm is written to in a transactional campaign"
            " without holdout."
        )
    if content.channels != (plan.channel,):
        raise BadCampaign(
            f"channels: what was agreed to on {plan.channel} is confirmed there:"
            f" [{plan.channel}]."
        )


def _segment(top: Section, *, is_needed: bool) -> SegmentRule | None:
    """Take a rule: inline, or `{name, rule}` as a segment file says it. Names alone are
    resolved before reading.
    """
    found = top.take("segment")
    if found is None:
        if is_needed:
            raise top.refuse(
                "segment", "is missing: a segment's name or a rule says who is meant."
            )
        return None
    if not isinstance(found, Mapping) or not found:
        raise top.refuse(
            "segment", "a segment's name or a rule (all, any or none of …) is expected."
        )
    if "rule" not in found:
        return SegmentRule(None, dict(found))
    section = Section(found, "segment")
    name, rule = section.take("name"), section.take("rule")
    section.done()
    if not isinstance(rule, Mapping):
        raise section.refuse("rule", "a rule (all, any or none of …) is expected.")
    return SegmentRule(name, dict(rule))


def _arms(top: Section, offer: Offer | None) -> tuple[Arm, ...]:
    raw = top.list("arms", [{"name": "message"}])
    arms = tuple(
        Section(one, f"arms.{place}").through(lambda s: _arm(s, offer))
        for place, one in enumerate(raw, 1)
    )
    names = [arm.name for arm in arms]
    if not arms:
        raise top.refuse("arms", "at least one arm is needed.")
    if len(set(names)) < len(names):
        raise top.refuse("arms", "two arms have the same name.")
    if not sum(arm.weight for arm in arms):
        raise top.refuse("arms", "the weights add up to 0.")
    return arms


def _arm(section: Section, offer: Offer | None) -> Arm:
    name = section.text("name")
    if name.lower() == CONTROL or not name:
        raise section.refuse(
            "name", "'control' is the arm that holdout makes; choose another name."
        )
    return Arm(
        name=name,
        weight=section.number("weight", 1, low=0, high=1e6),
        offer=section.flag("offer", default=True),
        value=section.read("value", read_policy),
        channels=section.choices("channels", PARTS),
        messages=section.read("messages", _messages, {}),
    )


def _messages(section: Section) -> dict[str, dict[str, str]]:
    return {
        channel: section.read(channel, partial(_words, channel=channel))
        for channel in PARTS
        if section.has(channel)
    }


def _words(section: Section, channel: str) -> dict[str, str]:
    """Take the parts of a channel; a language's own stand below `languages`, or, once
    stored, as ``part@language``.
    """
    words = {
        name: section.text(name) for name in _parts_of(channel) if section.has(name)
    }
    kept = [key for key in section.raw if language_variants.AT in key]
    words |= {
        key: section.text(key) for key in kept if _is_variant(section, key, channel)
    }
    for language, own in (
        section.read("languages", partial(_languages, channel=channel), {})
    ).items():
        words |= {
            language_variants.named(part, language): text for part, text in own.items()
        }
    return words


def _parts_of(channel: str) -> list[str]:
    return [*(part.key for part in PARTS[channel]), "mjml", "template"]


def _is_variant(section: Section, key: str, channel: str) -> bool:
    part, _at, language = key.partition(language_variants.AT)
    if part not in _parts_of(channel) or not language_variants.is_language(language):
        raise section.refuse(
            key, "a part and a language are expected, such as subject@de."
        )
    return True


def _languages(section: Section, channel: str) -> dict[str, dict[str, str]]:
    for tag in section.raw:
        if not language_variants.is_language(str(tag)):
            raise section.refuse(
                str(tag),
                "a language is expected in small letters, such as de, de-at or"
                " zh-hans.",
            )
    return {
        tag: section.read(tag, partial(_language, channel=channel))
        for tag in section.raw
    }


def _language(section: Section, channel: str) -> dict[str, str]:
    words = {
        name: section.text(name) for name in _parts_of(channel) if section.has(name)
    }
    for part in PARTS[channel]:
        if part.is_required and not words.get(part.key, "").strip():
            raise section.refuse(
                part.key, "is missing: a language has all its parts, or none."
            )
    return words


def _texts(top: Section, key: str) -> dict[str, str]:
    section = top.section(key)
    return {name: section.text(name) for name in section.raw} if section else {}


def _offer(section: Section, currency: str) -> Offer:
    value = section.section("value")
    if value is None:
        raise section.refuse(
            "value", "is missing: a value policy says what a coupon is worth."
        )
    laid_down = read_conditions(section)
    return Offer(
        pool=section.text("pool"),
        cap=section.whole("cap", low=1, high=2_000_000_000),
        budget=section.money("budget"),
        currency=read_currency(section, currency),
        valid_days=section.whole("valid_days", 28, low=1, high=3660),
        stackable=section.flag("stackable", default=False),
        minimum_spend=section.money("minimum_spend", "0"),
        when_exhausted=WhenExhausted(
            section.choice("when_exhausted", list(WhenExhausted), WhenExhausted.HOLD)
        ),
        value=value.through(read_policy),
        kind=laid_down.kind,
        percent=str(laid_down.percent) if laid_down.percent else None,
        points=laid_down.points,
        gift_item=laid_down.gift_item or None,
        categories=laid_down.categories,
        items=laid_down.items,
        first_order=laid_down.is_first_order,
        per_customer=laid_down.per_customer,
        starts=_iso(laid_down.starts_at),
        ends=_iso(laid_down.ends_at),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _recommendations(section: Section) -> Recommendations:
    return Recommendations(
        section.choice("mode", MODES, "all"), section.whole("k", 6, low=1, high=50)
    )


def _limits(section: Section) -> dict[str, int]:
    return {
        key: section.whole(key, low=1, high=1000)
        for key in contact_windows.RULES
        if section.take(key) is not None
    }


def _check_words(content: Content) -> None:
    """Refuse an arm that may speak on a channel for which a required part has no words."""
    for arm in content.arms:
        for channel in content.channels_of(arm):
            words = content.words_of(arm, channel)
            for part in PARTS[channel]:
                if part.is_required and not words.get(part.key, "").strip():
                    key = "mjml or html" if part.is_html else part.key
                    raise BadCampaign(
                        f"messages.{channel}.{key}: is missing; arm {arm.name!r} may"
                        f" use {channel}."
                    )
