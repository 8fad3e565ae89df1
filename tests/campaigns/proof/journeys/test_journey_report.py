"""A journey's report: steps counted, the whole and each test measured by lots."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.content.model import CONTROL, stored
from campaigns.content.parse import read
from campaigns.models import (
    Campaign,
    CampaignVersion,
    EffectReport,
    JourneyEnrolment,
    JourneyPublication,
    JourneyStep,
    JourneyToken,
    Message,
    Run,
)
from campaigns.proof.journeys.follow import follow
from campaigns.proof.journeys.journey_report import check, journey_report
from campaigns.stats.allocation.assignment import assign
from profiles.models import Customer, Event
from tests.factories import make_colleague

ENTERED = datetime(2024, 4, 1, 9, tzinfo=UTC)
UNTIL = ENTERED + timedelta(days=30)
N = 900
SMS = {"channels": ["sms"], "messages": {"sms": {"text": "Hello"}}}
JOURNEY: dict[str, Any] = {
    "name": "Welcome",
    "goal": {"words": "buy", "metrics": ["conversion"], "window_days": 7},
    "trigger": {"kind": "event", "events": ["signed_up"], "key": "customer"},
    "holdout": 0.3,
    "salt": "salt of the test",
    "steps": [
        {"key": "hello", "message": SMS},
        {
            "key": "tone",
            "test": {
                "arms": [
                    {
                        "name": "warm",
                        "weight": 1,
                        "steps": [{"key": "w", "message": SMS}],
                    },
                    {"name": "short", "weight": 1, "steps": []},
                ]
            },
        },
        {"key": "pause", "wait": "1 day"},
        {"key": "bye", "message": SMS},
    ],
}


@pytest.fixture(scope="module")
def content():
    return read(JOURNEY)


@pytest.fixture
def journey(transactional_db, settings, tmp_path, content):
    settings.HISTORY_DIR = tmp_path / "history"
    campaign = Campaign.objects.create(
        name="Welcome", origin=Campaign.Origin.JOURNEY, kind="marketing"
    )
    version = CampaignVersion.objects.create(
        campaign=campaign,
        number=1,
        content=stored(content),
        hash="hash of the version",
        salt=content.salt,
        state=CampaignVersion.State.APPROVED,
        approver=make_colleague(),
        approved_at=ENTERED,
    )
    JourneyPublication.objects.create(journey=campaign, version=version)
    return campaign


@pytest.fixture
def walked(journey, content):
    """Nine hundred who entered: a tenth left at once, a tenth waits, the rest came to
    the end. Of the treated half buy, of the held a fifth.
    """
    version = journey.versions.get()
    people = Customer.objects.bulk_create(
        Customer(external_id=f"w{n:04}") for n in range(N)
    )
    arms = _lots(people, content.salt, [0.3, 0.7], [CONTROL, "message"])
    tones = _lots(people, f"{content.salt}:tone", [1, 1], ["warm", "short"])
    ways = JourneyEnrolment.objects.bulk_create(
        JourneyEnrolment(
            journey=journey,
            version=version,
            customer=one,
            occurrence=f"o{one.pk}",
            arm=arms[n],
            propensity=0.3 if arms[n] == CONTROL else 0.7,
            entered_at=ENTERED,
            ended_at=None if n % 10 == 1 else ENTERED + timedelta(days=1),
            reason="" if n % 10 == 1 else "goal reached" if n % 10 == 0 else "end",
        )
        for n, one in enumerate(people)
    )
    places = {one.key: one.number for one in graph_of(content.steps).places}
    steps = [
        JourneyStep(
            enrolment=way,
            visit=visit,
            version_id=version.pk,
            place=places[key],
            outcome=outcome,
            at=ENTERED + timedelta(minutes=visit),
        )
        for n, way in enumerate(ways)
        for visit, (key, outcome) in enumerate(_way(n, tones[n]))
    ]
    JourneyStep.objects.bulk_create(steps)
    JourneyToken.objects.bulk_create(
        JourneyToken(
            enrolment=way,
            journey=journey,
            version=version,
            customer=way.customer,
            place=places["pause"],
            visit=9,
            arrived_at=ENTERED,
            wake_at=ENTERED + timedelta(days=1),
            is_parked=True,
            is_held=way.arm == CONTROL,
        )
        for n, way in enumerate(ways)
        if n % 10 == 1
    )
    _buy(people, [n for n in range(N) if n % (5 if arms[n] == CONTROL else 2) == 0])
    return people, arms, tones


def _lots(
    people: list[Customer], salt: str, shares: list[float], names: list[str]
) -> list[str]:
    ids = [one.external_id for one in people]
    return [names[n] for n in assign(ids, salt=salt, shares=shares).arms.tolist()]


def _way(n: int, tone: str) -> list[tuple[str, str]]:
    if n % 10 == 0:
        return []
    way = [("hello", "done"), ("tone", tone), *([("w", "done")] * (tone == "warm"))]
    return way if n % 10 == 1 else [*way, ("pause", "done"), ("bye", "done")]


def _buy(people: list[Customer], which: list[int]) -> None:
    Event.objects.bulk_create(
        Event(
            key=uuid.uuid4(),
            customer=people[n],
            type="purchase",
            at=ENTERED + timedelta(days=2),
            quantity=1,
            price=10,
            order_id=f"o{n}",
        )
        for n in which
    )


def test_steps_are_counted_and_the_whole_is_measured_as_it_was_drawn(journey, walked):
    _people, arms, tones = walked
    report = journey_report(journey, until=UNTIL)
    assert report["audience"]["n"] == N
    steps = {one["key"]: one for one in report["steps"]}
    assert list(steps) == ["hello", "tone", "w", "pause", "bye"]
    assert steps["hello"]["left"] == {"goal reached": N // 10}
    assert steps["hello"]["passed"] == N - N // 10
    assert steps["hello"]["held"] == arms.count(CONTROL)
    assert steps["pause"]["waiting"] == N // 10
    assert steps["bye"]["passed"] == N - 2 * N // 10
    assert steps["tone"]["outcomes"]["warm"] == sum(
        tone == "warm" for n, tone in enumerate(tones) if n % 10
    )
    effect = report["effect"]
    assert effect["arms"] == {
        CONTROL: arms.count(CONTROL),
        "message": arms.count("message"),
    }
    assert effect["srm_p"] > 0.001
    result = effect["results"][0]
    assert result["verdict"] == "better"
    assert result["difference"] == pytest.approx(0.3, abs=0.05)
    assert report["refused"] is None
    assert EffectReport.objects.get(campaign=journey).result == report


def test_each_test_of_a_step_is_measured_among_those_who_get_messages(journey, walked):
    _people, arms, tones = walked
    tone = journey_report(journey, until=UNTIL)["experiments"]["tone"]
    came = [n for n in range(N) if n % 10 and arms[n] != CONTROL]
    assert tone["arms"] == {
        name: sum(tones[n] == name for n in came) for name in ("warm", "short")
    }
    assert tone["results"][0]["control"] == "warm"
    assert tone["results"][0]["verdict"] == "undecided"
    assert tone["srm_p"] > 0.001


def test_arms_of_the_wrong_size_refuse_the_step_they_stand_at(journey, walked):
    JourneyStep.objects.filter(outcome="short").filter(enrolment_id__gt=0).order_by(
        "enrolment_id"
    ).update(outcome="warm")
    report = journey_report(journey, until=UNTIL)
    assert report["experiments"]["tone"]["refused"] == "srm"
    assert report["effect"]["refused"] is None


def test_a_journey_that_nobody_could_react_to_shows_nothing_on_fresh_draws(
    journey, walked
):
    """The A/A check of a journey: whoever buys does so in both arms alike."""
    Event.objects.all().delete()
    _buy(walked[0], list(range(0, N, 3)))
    kept = check(journey, until=UNTIL, n_redraws=60)
    assert kept.label == "A/A check"
    assert kept.result["effect"]["results"][0]["verdict"] == "undecided"
    assert kept.result["redraws"]["rejected"]["conversion"] <= 0.15


def test_a_journey_without_a_control_group_is_refused_an_effect(journey, walked):
    version = journey.versions.get()
    version.content["holdout"] = 0
    version.save(update_fields=["content"])
    report = journey_report(journey, until=UNTIL)
    assert (report["effect"], report["refused"]) == (None, "no control group")


def test_a_journey_that_nobody_entered_has_an_empty_report(journey):
    report = journey_report(journey)
    assert report["audience"] == {"n": 0, "hash": None}
    assert report["effect"] is None
    assert [one["key"] for one in report["steps"]][:2] == ["hello", "tone"]


def test_one_customer_is_followed_with_messages_and_reasons(journey, walked):
    people, arms, _tones = walked
    n = next(n for n in range(N) if n % 10 == 2 and arms[n] != CONTROL)
    way = JourneyEnrolment.objects.get(customer=people[n])
    step = Campaign.objects.create(
        name="Welcome › hello", origin=Campaign.Origin.JOURNEY_STEP, part_of=journey
    )
    run = Run.objects.create(
        campaign=step,
        version=journey.versions.get(),
        key="journey:1:hello",
        as_of=ENTERED,
        known_at=ENTERED,
    )
    Message.objects.create(
        run=run,
        campaign=step,
        customer=people[n],
        dedupe_key=f"journey:{way.pk}:0",
        state=Message.State.SENT,
        channel="sms",
        why="because she signed up",
        not_before=ENTERED,
        sent_at=ENTERED,
    )
    told = follow(journey, people[n])
    (entry,) = told["entries"]
    assert entry["steps"][0]["step"] == "hello"
    assert entry["steps"][0]["message"]["channel"] == "sms"
    assert "because she signed up" in entry["steps"][0]["sentence"]
    assert entry["reason"] == "end"
    assert told["sentences"][-1] == entry["ending"]
    report = journey_report(journey, until=UNTIL)
    assert report["channels"] == {"sms": {"sent": 1}}
    assert report["decisions"] == {"send": 1, "hold": {}}


def test_who_is_held_walks_the_steps_and_is_told_so(journey, walked):
    people, arms, _tones = walked
    n = next(n for n in range(N) if n % 10 == 1 and arms[n] == CONTROL)
    (entry,) = follow(journey, people[n])["entries"]
    assert entry["held_by"] == "control group"
    assert entry["is_inside"]
    assert entry["steps"][-1]["step"] == "pause"
    assert "waits at pause" in entry["steps"][-1]["sentence"]
