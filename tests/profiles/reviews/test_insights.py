"""What the shop's reviews say, read once and told with what is more than chance."""

import json
from datetime import timedelta
from random import Random

import pytest
from django.core.management import call_command

from profiles import jobs
from profiles.jobs.heartbeat import Interrupted
from profiles.models import Event, Job, ReviewOpinion, ReviewReading
from profiles.reviews import job, read_events
from profiles.reviews.insights import Aspect, Counts, compare, insights
from profiles.reviews.quotes import names_somebody
from profiles.reviews.read_events import looked_until, read_new, unread_events
from retention_site.lib import clock
from retention_site.lib.commands import BadInput
from tests import factories as make

pytestmark = pytest.mark.django_db
SAID = (
    "The delivery was late, but the quality is great.",
    "质量很好，就是有点贵",
    "Call me at +49 30 901820777, the delivery was late.",
    "The delivery was late, said the copy of this text.",
    "The delivery was late, said the copy of this text.",
)


@pytest.fixture
def kettle():
    return make.make_item(external_id="kettle", category="Kitchen > Kettles")


@pytest.fixture
def reviews(kettle):
    now = clock.now()
    return [
        make.make_event(
            make.make_customer(),
            "review",
            now - timedelta(days=n + 1),
            text=text,
            item_id="kettle" if n < 4 else "cup",
        )
        for n, text in enumerate(SAID)
    ]


def test_each_review_is_read_once(reviews):
    make.make_event(make.make_customer(), "search", text="great quality")
    make.make_event(make.make_customer(), "review", text=None)
    assert read_new()["read"] == 5
    assert read_new() == {"read": 0, "opinions": 0, "forgotten": 0}
    assert ReviewReading.objects.filter(is_copy=True).count() == 1
    opinions = ReviewOpinion.objects.order_by("pk").values_list("aspect", "sentiment")
    assert list(opinions)[:4] == [
        ("delivery", "negative"),
        ("quality", "positive"),
        ("quality", "positive"),
        ("price", "negative"),
    ]


def test_new_words_read_every_review_again(reviews, monkeypatch):
    read_new()
    first = set(ReviewReading.objects.values_list("pk", flat=True))
    monkeypatch.setattr(read_events, "VERSION", "another")
    assert read_new()["read"] == 5
    assert not first & set(ReviewReading.objects.values_list("pk", flat=True))


def test_what_is_gone_is_forgotten(reviews):
    read_new()
    Event.objects.filter(pk=reviews[0].pk).delete()
    assert read_new()["forgotten"] == 1
    assert ReviewOpinion.objects.filter(sentiment="positive").count() == 1


def test_a_stop_loses_nothing_and_reads_nothing_twice(reviews, monkeypatch):
    monkeypatch.setattr(read_events, "LOT", 2)
    seen = []

    def stop(share):
        seen.append(share)
        raise Interrupted

    with pytest.raises(Interrupted):
        read_new(stop)
    assert ReviewReading.objects.count() == 2
    assert seen == [0.4]
    assert read_new()["read"] == 3


def test_the_job_looks_only_through_what_came_since(reviews):
    started = job.start_nightly()
    jobs.work(only=started)
    started.refresh_from_db()
    assert started.state == Job.State.DONE
    assert started.result["read"] == 5
    assert looked_until() == started.created_at - timedelta(days=1)
    assert unread_events(looked_until()) == []
    assert job.start_nightly() is None


def test_insights_say_how_many_and_in_whose_words(reviews):
    read_new()
    found = insights(clock.now())
    by_aspect = {one.aspect: one for one in found.aspects}
    assert by_aspect["delivery"].now == Counts(negative=3)
    assert by_aspect["quality"].now == Counts(positive=2)
    assert (found.n_reviews, found.n_copies) == (4, 1)
    quotes = [q for one in found.aspects for held in one.quotes.values() for q in held]
    texts = set(Event.objects.values_list("text", flat=True))
    for quote in quotes:
        assert any(quote.text in text for text in texts if text)
        assert "901820777" not in quote.text
    assert by_aspect["delivery"].quotes["negative"]


def test_insights_are_of_an_item_or_a_category_and_what_lies_below(reviews):
    read_new()
    assert insights(clock.now(), item="cup").n_reviews == 0  # its copy is the kettle's
    for category in ("Kitchen", "Kitchen > Kettles"):
        assert insights(clock.now(), category=category).n_reviews == 4
    assert insights(clock.now(), category="Kit").n_reviews == 0
    assert [one.item_id for one in insights(clock.now()).items] == ["kettle"]


def aspects_of(rng, shares):
    """Draw 200 opinions now and before for each pair of shares that complain."""
    drawn = []
    for number, (before, now) in enumerate(shares):
        counts = [
            Counts(
                negative=(n := sum(rng.random() < p for _ in range(200))),
                positive=200 - n,
            )
            for p in (now, before)
        ]
        drawn.append(Aspect(str(number), *counts))
    compare(drawn)
    return drawn


def test_months_that_differ_by_chance_alarm_at_most_one_time_in_twenty():
    rng = Random(11)
    alarms = sum(
        any(one.has_changed for one in aspects_of(rng, [(0.2, 0.2)] * 5))
        for _ in range(200)
    )
    assert alarms <= 10 + 6  # 5 % and two standard deviations


def test_a_fall_of_fifteen_points_is_found():
    rng = Random(12)
    found = sum(
        aspects_of(rng, [(0.2, 0.35)] + [(0.2, 0.2)] * 4)[0].has_changed
        for _ in range(200)
    )
    assert found >= 160


def test_too_little_to_compare_is_no_change():
    few = Aspect("price", Counts(negative=19), Counts(positive=400))
    compare([few])
    assert few.p is None
    assert not few.has_changed


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("write to ann@shop.example", True),
        ("call +49 (30) 90-18 207", True),
        ("order 10023456", True),
        ("see https://shop.example", True),
        ("arrived on 2026-01-02", True),
        ("5 of 10, 12 cm x 30 cm", False),
    ],
)
def test_no_quote_names_somebody(words, expected):
    assert names_somebody(words) is expected


def test_the_command_reads_and_tells(reviews, capsys):
    call_command("insights", "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["read"], answer["reviews"], answer["copies"]) == (5, 4, 1)
    assert answer["aspects"][0]["aspect"] == "delivery"
    assert answer["aspects"][0]["before"]["negative_share"] is None
    call_command("insights", "--item", "kettle")
    assert "“The delivery was late" in capsys.readouterr().out
    for wrong in (["--item", "nothing"], ["--category", "Nothing"], ["--days", "0"]):
        with pytest.raises(BadInput):
            call_command("insights", *wrong)
