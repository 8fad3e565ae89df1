"""Versions: compared on the same customers, rolled back by a person, and watched while
in use.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.urls import reverse

from campaigns.delivery.alerting.data_alarms import models_that_drift
from profiles import jobs
from profiles.models import Job
from recommender import drift, model_cards, model_promotion
from recommender import training as recommender
from recommender.model_cards import Compared
from recommender.models import ModelVersion, RecommendationList
from recommender.propensity import drift_checks
from recommender.propensity.targets import TARGETS
from recommender.propensity.training import Lesson, Question, train
from recommender.stats.ranking import Estimate
from tests.factories import make_colleague
from tests.recommender.conftest import NOW
from tests.recommender.scores.test_propensity import (
    places,  # noqa: F401
    regulars_and_leavers,
)

T = datetime(2024, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def versions(settings) -> list[ModelVersion]:
    """Two good versions of one model, a week apart, the newer one in use."""
    made = []
    for at in (T - WEEK, T):
        draft = model_cards.draft_folder("purchase-30", f"{at:%m%d}")
        card = model_cards.Card(
            model="purchase-30",
            version=f"{at:%m%d}",
            label="buys",
            horizon_days=30,
            windows={"fit": None},
            n={},
            metrics={"log_loss": {"value": 0.3, "low": 0.29, "high": 0.31}},
            baselines={},
            groups={},
            cost={},
        )
        model_cards.publish(draft, card, as_of=at)
        made.append(ModelVersion.objects.get(version=card.version))
    return made


class TestComparing:
    def test_a_newer_version_is_compared_on_the_same_customers_of_its_own_window(self):
        regulars_and_leavers(100)
        first, second = (
            train(Question(TARGETS["purchase"]), Lesson(at)) for at in (T - WEEK, T)
        )
        assert first["against_last"] is None
        against = second["against_last"]
        assert against["version"] == first["version"]
        assert against["n"] == second["n"]["test"]
        assert against["mine"] == pytest.approx(second["metrics"]["log_loss"]["value"])
        assert against["mine"] - against["theirs"] == pytest.approx(
            against["difference"]["value"]
        )
        assert "no worse than the one in use on the same" in second["why"]

    @pytest.mark.parametrize(
        ("low", "high", "is_good"),
        [(0.01, 0.05, False), (-0.01, 0.05, True), (-0.05, -0.01, True)],
    )
    def test_only_what_is_surely_worse_is_kept_out(self, versions, low, high, is_good):
        better = Compared(
            "0601",
            "log_loss",
            500,
            0.33,
            0.3,
            Estimate(0.02, low, high),
            higher_is_better=False,
        )
        draft = model_cards.draft_folder("purchase-30", "new")
        card = model_cards.Card(
            model="purchase-30",
            version="new",
            label="buys",
            horizon_days=30,
            windows={},
            n={},
            metrics={"log_loss": {"value": 0.33, "low": 0.3, "high": 0.36}},
            baselines={},
            groups={},
            cost={},
        )
        assert (
            model_cards.publish(draft, card, as_of=T + WEEK, compared=better)[
                "promoted"
            ]
            is is_good
        )
        assert model_cards.in_use("purchase-30").version == (
            "new" if is_good else "0601"
        )


class TestVersionsOfTheRecommender:
    def test_two_are_compared_on_the_same_customers_and_a_person_goes_back_to_the_first(
        self, shop, client
    ):
        first, second = (
            recommender.train(at, lambda *_: None) for at in (NOW - WEEK, NOW)
        )
        assert (first["promoted"], first["against_last"]) == (True, None)
        against = second["against_last"]
        assert (against["version"], against["n"]) == (
            first["version"],
            second["n"]["test"],
        )
        assert against["mine"] == pytest.approx(second["metrics"]["ndcg@10"]["value"])
        assert against["mine"] - against["theirs"] == pytest.approx(
            against["difference"]["value"]
        )
        assert second["promoted"], second["why"]
        assert "no worse than the one in use on the same" in second["why"]
        jobs.start("lists", {"as_of": NOW.isoformat()}, title="Lists")
        jobs.work()
        assert set(RecommendationList.objects.values_list("model", flat=True)) == {
            second["version"]
        }

        client.force_login(make_colleague(is_superuser=True))
        old, new = (
            ModelVersion.objects.get(version=card["version"])
            for card in (first, second)
        )
        page = client.get(
            reverse("admin:recommender_modelversion_compare", args=[new.pk])
        ).content.decode()
        for words in (
            old.version,
            new.version,
            against["words"],
            f"{against['mine']:.4f}",
        ):
            assert words in page
        client.post(reverse("admin:recommender_modelversion_do", args=[old.pk, "use"]))
        while jobs.work():
            pass
        assert set(RecommendationList.objects.values_list("model", flat=True)) == {
            old.version
        }
        assert model_cards.usable("recommender", NOW).version == old.version
        new.refresh_from_db()
        assert (new.is_promoted, bool(new.withdrawn_at)) == (False, True)


class TestRollingBack:
    def test_an_older_version_is_used_for_every_time_and_the_newer_one_is_withdrawn(
        self, versions
    ):
        old, new = versions
        model_promotion.put_in_use(old, by="ada")
        new.refresh_from_db()
        assert (new.is_promoted, new.withdrawn_by) == (False, "ada")
        assert model_cards.usable("purchase-30").version == old.version
        assert model_cards.usable("purchase-30", T + WEEK).version == old.version
        model_promotion.put_in_use(new, by="ada")
        assert model_cards.usable("purchase-30", T + WEEK).version == new.version

    def test_what_did_not_pass_or_is_gone_can_not_be_used(self, versions):
        old, new = versions
        with pytest.raises(model_promotion.NotPossible, match="it is in use"):
            model_promotion.put_in_use(new, by="ada")
        ModelVersion.objects.filter(pk=old.pk).update(
            card=old.card | {"promoted": False, "why": "worse"}
        )
        with pytest.raises(model_promotion.NotPossible, match="did not pass: worse"):
            model_promotion.put_in_use(old, by="ada")

    def test_it_is_done_in_the_admin_and_what_customers_see_is_made_anew(
        self, versions, client
    ):
        client.force_login(make_colleague(is_superuser=True))
        old, _new = versions
        act = reverse("admin:recommender_modelversion_do", args=[old.pk, "use"])
        page = client.post(act, follow=True).content.decode()
        assert "is in use; what customers are shown is being made anew" in page
        assert Job.objects.filter(kind="scores", params__only_renew=True).exists()
        shown = client.get(
            reverse("admin:recommender_modelversion_compare", args=[old.pk])
        ).content.decode()
        assert old.version in shown
        assert "withdrawn" in shown


class TestWatching:
    def test_nothing_has_moved_where_the_same_people_are_scored(self):
        scores = np.random.default_rng(0).beta(2, 5, 4000)
        kept = drift_checks.reference(scores)
        assert sum(kept["shares"]) == pytest.approx(1)
        assert (
            drift_checks.shift(kept, np.random.default_rng(1).beta(2, 5, 4000)) < 0.02
        )
        assert (
            drift_checks.shift(kept, np.random.default_rng(1).beta(5, 2, 4000))
            > drift.MUCH_SHIFT
        )

    @pytest.mark.parametrize(
        ("seen", "words"),
        [
            ({"said": 0.8, "came": 0.78, "error": 0.01, "shift": 0.1}, ""),
            (
                {"said": 0.8, "came": 0.6, "error": 0.01},
                "it said 0.8 on average and 0.6 came",
            ),
            # so few customers that chance does it
            ({"said": 0.8, "came": 0.6, "error": 0.1}, ""),
            ({"shift": 0.4}, "no longer those that it learned from (shift 0.40)"),
            ({"learned_days_ago": 90}, "learned 90 days ago"),
        ],
    )
    def test_alarms_say_what_is_wrong(self, seen, words):
        said = drift._alarm(
            Question(TARGETS["purchase"]), {"learned_days_ago": 1, **seen}
        )
        assert words in said
        assert bool(said) is bool(words)

    def test_a_shop_that_everybody_left_raises_an_alarm_once_a_day(self):
        regulars_and_leavers(80)
        train(Question(TARGETS["purchase"]), Lesson(T))
        later = T + timedelta(days=31)
        assert drift.start(later).kind == "drift"
        assert drift.start(later) is None  # under way
        while jobs.work():
            pass
        seen = ModelVersion.objects.get(is_promoted=True).watched
        assert seen["came"] == 0
        assert "it said" in seen["alarm"]
        assert [alarm.subject for alarm in models_that_drift()] == ["purchase-30"]
        assert drift.start(later + timedelta(hours=5)) is None
        assert drift.start(later + timedelta(days=2)) is not None
