"""A version is let in; those inside finish on theirs or move by a map, none twice."""

from datetime import timedelta

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.lifecycle.journeys import journey_state, move_map
from campaigns.lifecycle.journeys.move_map import BadMap
from campaigns.lifecycle.journeys.publish import CannotPublish, publish, standing
from campaigns.models import Campaign, JourneyToken, Message, Trigger
from tests.campaigns.journeys.inside import (
    MAIL,
    approved,
    diary,
    ends,
    happens,
    make_journey,
    settle,
)

HOUR = timedelta(hours=1)
OTHER = {**MAIL, "priority": 90}
LONGER = [
    {"key": "pause", "wait": "2 hours"},
    {"key": "remind", "message": OTHER},
    {"key": "rest", "wait": "1 day"},
    {"key": "again", "message": OTHER},
]


def inside(customer) -> Campaign:
    journey = make_journey()
    happens(customer, "cart", cart_id="a")
    settle()
    return journey


@pytest.mark.django_db
def test_a_version_takes_effect_when_it_is_published_not_when_it_is_approved(customer):
    journey = approved()
    assert journey_state.state_of(journey) == "draft"
    happens(customer, "cart", cart_id="a")
    settle()
    assert not JourneyToken.objects.exists()
    publish(journey)
    assert journey_state.state_of(journey) == "published"


def test_those_inside_are_asked_about_and_finish_on_their_version(customer, later):
    journey = inside(customer)
    approved(steps=LONGER)
    with pytest.raises(
        CannotPublish, match=r"1 customers are inside .*pause \(1, v1\)"
    ):
        publish(journey)
    publish(journey, finish_on_old=True)
    happens(customer, "cart", cart_id="b")
    settle()
    assert [(one.version.number, one.step) for one in standing(journey)] == [
        (2, "pause"),
        (1, "pause"),
    ]
    later(HOUR)
    assert ends(customer) == ["end", ""]
    later(HOUR)
    assert Message.objects.filter(state="queued").count() == 2


def test_whoever_moves_keeps_the_time_that_she_has_waited(customer, later):
    journey = inside(customer)
    approved(steps=LONGER)
    later(HOUR / 2)
    published = publish(journey, moves={"pause": "pause"})
    assert (published.n_moved, published.n_left) == (1, 0)
    later(HOUR)
    assert diary(customer) == []
    later(HOUR / 2)
    assert diary(customer) == [("pause", "done"), ("remind", "done")]
    assert [one.step for one in standing(journey)] == ["rest"]


def test_by_a_map_somebody_may_leave(customer):
    journey = inside(customer)
    approved(steps=LONGER)
    assert publish(journey, moves={"pause": "leave"}).n_left == 1
    assert ends(customer) == ["left with another version"]
    assert not JourneyToken.objects.exists()


def test_nothing_is_done_twice_by_publishing_pausing_and_resuming(customer, later):
    journey = inside(customer)
    approved(steps=LONGER)
    publish(journey, moves={"pause": "pause"})
    later(3 * HOUR)
    for _ in range(2):
        assert not publish(journey).is_new
        journey_state.pause(journey)
        later(HOUR)
        journey_state.resume(journey)
        settle()
    assert diary(customer) == [("pause", "done"), ("remind", "done")]
    assert Message.objects.count() == 1


def test_who_is_inside_a_paused_journey_stays_where_she_is(customer, later):
    journey = inside(customer)
    journey_state.pause(journey)
    later(2 * HOUR)
    assert (diary(customer), journey_state.state_of(journey)) == ([], "paused")
    journey_state.resume(journey)
    settle()
    assert ends(customer) == ["end"]


def test_a_drained_journey_lets_nobody_in_until_it_is_published_again(customer, later):
    journey = inside(customer)
    journey_state.drain(journey)
    happens(customer, "cart", cart_id="b")
    later(HOUR)
    assert (ends(customer), journey_state.state_of(journey)) == (["end"], "draining")
    publish(journey)
    Trigger.objects.update(since=journey.created_at - HOUR)
    happens(customer, "cart", cart_id="c")
    settle()
    assert ends(customer) == ["end", ""]


def test_a_stopped_journey_has_everybody_out_for_good(customer, later):
    journey = inside(customer)
    assert journey_state.stop(journey) == 1
    later(2 * HOUR)
    assert ends(customer) == ["stopped"]
    assert not Message.objects.exists()
    with pytest.raises(CannotPublish, match="stopped for good"):
        publish(journey)


def graph(*steps):
    from campaigns.content.parse import read

    said = {"name": "x", "trigger": {"kind": "api"}, "steps": list(steps)}
    return graph_of(read(said).steps)


WAITS = {key: {"key": key, "wait": "1 day"} for key in "abc"}
OLD, NEW = graph(*WAITS.values()), graph(WAITS["b"], WAITS["a"], WAITS["c"])


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ({"a": "a"}, "map: 'b' is missing, and somebody stands there"),
        ({"b": "x"}, "map: there is no step 'x' in the new version"),
        ({"b": "c", "x": "b"}, "map: there is no step 'x' in the version they are on"),
        ({"b": "a"}, "map: b=a leads back: 'a' would come again"),
    ],
)
def test_a_map_that_loses_somebody_or_leads_back_is_refused(moves, words):
    with pytest.raises(BadMap, match=words):
        move_map.check(moves, OLD, NEW, ["b"])


def test_a_map_that_leads_on_is_taken():
    move_map.check({"b": "c", "a": "leave"}, OLD, NEW, ["a", "b"])
    assert move_map.parse("b=c, a=leave") == {"b": "c", "a": "leave"}
    with pytest.raises(BadMap, match="'b' is not old=new"):
        move_map.parse("b")
