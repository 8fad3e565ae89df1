"""Learning that goes on by itself, and learning of the past that leaves what is live
alone.
"""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.forms.models import model_to_dict

from campaigns.delivery.alerting.data_alarms import learning_is_late
from profiles import history, jobs
from profiles.jobs import claims, runner
from profiles.models import (
    Customer,
    CustomerGroup,
    Event,
    Job,
    JobChunk,
    PastScore,
    Portrait,
    Score,
)
from profiles.portraits.store import ScoreRow, write_scores
from recommender import nightly
from recommender.models import ModelVersion, RecommendationList
from recommender.vectors import current
from recommender.vectors import places as places_in_use
from retention_site.lib import clock
from tests.factories import make_score
from tests.recommender.conftest import NOW, line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def night(shop, settings):
    """The shop two hours after its hour of learning, known since the day before."""
    hour = (clock.now() - timedelta(hours=2)).astimezone(clock.shop_zone())
    settings.LEARN_AT = f"{hour:%H:%M}"
    Customer.objects.update(created_at=clock.real_now() - timedelta(days=1))


def whole_night() -> list[str]:
    """Beat until nothing is to be begun; return the steps in the order in which they
    were.
    """
    begun = []
    for _n in range(20):
        begun += [job.kind for _beat in range(3) if (job := nightly.go_on())]
        if not jobs.work():
            break
    return begun


def results() -> dict[str, dict]:
    return {
        job.kind: job.result for job in Job.objects.filter(key__startswith="learn:")
    }


def test_a_night_learns_every_step_once_however_many_beats_ask(night):
    assert whole_night() == list(nightly.STEPS)
    assert Job.objects.filter(state=Job.State.DONE).count() == len(nightly.STEPS)
    assert all(
        model.objects.exists() for model in (Portrait, RecommendationList, ModelVersion)
    )
    assert CustomerGroup.objects.filter(is_current=True).exists()
    assert places_in_use() is not None
    assert whole_night() == []
    assert nightly.late_steps() == []


def test_the_next_night_learns_only_what_has_changed(night, settings):
    whole_night()
    Job.objects.filter(key__startswith="learn:").update(
        created_at=clock.real_now() - timedelta(days=1), key=None
    )
    whole_night()
    said = results()
    assert said["recommender"] == said["vectors"] == said["groups"] == said["lists"]
    assert "nothing that it learns from has changed" in said["recommender"]["skipped"]
    assert said["portraits"]["customers"] == 41
    assert Job.objects.get(kind="scores", key__isnull=False).params["only_renew"]
    Job.objects.filter(key__startswith="learn:").update(
        created_at=clock.real_now() - timedelta(days=1), key=None
    )
    Event.objects.bulk_create(
        [line(Customer.objects.first(), NOW - timedelta(hours=1), "i01", "new")]
    )
    history.refresh()
    whole_night()
    assert "cards" in results()["recommender"]
    assert "lists" in results()["lists"]
    assert "skipped" in results()["groups"]  # their names hold for weeks


def test_what_somebody_learned_after_the_hour_is_not_learned_again(night):
    call_command("learn", "--json")
    assert whole_night() == []


def test_a_new_shop_waits_for_its_first_night(shop, settings):
    settings.LEARN_AT = f"{clock.now() - timedelta(hours=2):%H:%M}"
    assert nightly.go_on() is None
    settings.LEARN_AT = ""
    Customer.objects.update(created_at=clock.real_now() - timedelta(days=9))
    assert nightly.go_on() is None
    assert nightly.next_night(clock.now()) is None


def test_a_killed_step_is_taken_up_by_another_worker_and_begun_once(night):
    job = nightly.go_on()
    runner.plan_queued()
    assert claims.claim("a worker that is killed") is not None
    JobChunk.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    assert nightly.go_on() is None
    jobs.work()
    job.refresh_from_db()
    assert (job.state, job.chunks.get().n_attempts) == (Job.State.DONE, 2)
    assert nightly.go_on().kind == "groups"


def test_a_step_that_fails_does_not_keep_the_others_from_running_and_is_an_alert(
    night, monkeypatch
):
    monkeypatch.setattr("profiles.portraits.groups.fit", lambda *_a, **_k: 1 / 0)
    for _n in range(3):
        whole_night()
    assert set(results()) == set(nightly.STEPS)
    assert "groups" in nightly.late_steps() or timedelta(hours=2) < nightly.PATIENCE
    assert any(alarm.subject == "failed groups" for alarm in learning_is_late())


def test_old_portraits_are_an_alert(night):
    whole_night()
    assert not list(learning_is_late())
    Portrait.objects.update(as_of=clock.now() - timedelta(hours=40))
    assert [alarm.subject for alarm in learning_is_late()] == ["Portrait"]


def test_somebody_has_everything_learned_now(night):
    whole_night()
    first = nightly.learn_now()
    assert first.kind == "portraits"
    jobs.work()
    assert whole_night() == list(nightly.STEPS)[1:]
    assert not any(
        "skipped" in (job.result or {})
        for job in Job.objects.filter(key__startswith="learn:asked")
    )


def live() -> dict[str, object]:
    tables = (Portrait, Score, RecommendationList, CustomerGroup)
    rows = {
        model.__name__: [model_to_dict(row) for row in model.objects.order_by("pk")]
        for model in tables
    }
    inside = {
        one.model: one.version for one in ModelVersion.objects.filter(is_promoted=True)
    }
    about = places_in_use()
    return {
        **rows,
        "models": inside,
        "space": current(),
        "places": about and about.about,
    }


@pytest.mark.timeout(300)
def test_learning_of_the_past_leaves_what_is_live_alone(shop, capsys):
    call_command("learn", "--json")
    make_score(Customer.objects.first(), as_of=NOW)
    before = live()
    assert all(before.values())
    then = NOW - timedelta(days=30)
    for step in ("portraits", "groups", "vectors", "recommender", "scores"):
        call_command("learn", "--only", step, "--as-of", then.isoformat(), "--json")
        assert live() == before, step
    past = ModelVersion.objects.get(model="recommender", as_of=then)
    assert not past.is_promoted
    assert past.card["as_of"].startswith(f"{then:%Y-%m-%d}")


def test_scores_of_the_past_stand_beside_the_live_ones(shop):
    one, then = Customer.objects.first(), NOW - timedelta(days=30)
    make_score(one, kind="purchase", horizon_days=30, value=0.5, as_of=NOW)
    row = ScoreRow(one.pk, 0.9, [])
    assert (
        write_scores("purchase", 30, [row], model="m", as_of=then, is_live=False) == 1
    )
    assert Score.objects.get().value == 0.5
    assert PastScore.objects.get().value == 0.9


def test_all_of_the_past_at_once_in_a_shop_that_learned_nothing_yet_writes_nobody_s_portrait(
    shop,
):
    call_command("learn", "--as-of", (NOW - timedelta(days=30)).isoformat(), "--json")
    assert not Portrait.objects.exists()
    assert not Score.objects.exists()
    assert not RecommendationList.objects.exists()
    assert not CustomerGroup.objects.exists()
