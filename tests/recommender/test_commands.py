"""learn and recommend from the shell, on a small shop in the database."""

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from profiles import history, jobs
from profiles.models import ApiKey, Customer, Event, Item
from recommender import slates, vectors
from recommender.interactions import assortment
from recommender.models import ListRules, ModelVersion, RecommendationList, Slate
from recommender.serving import cut, lists_for
from recommender.training import train
from retention_site.lib import clock
from retention_site.lib.commands import BadInput, Failed
from tests import factories as make
from tests.recommender.conftest import N_CUSTOMERS, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> dict:
    out = StringIO()
    call_command(*words, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def learn(as_of: datetime | None = None, *, lists: bool = False) -> dict:
    """Do here what the command has workers do, and return the card."""
    history.refresh()
    as_of = as_of or clock.now()
    vectors.encode_missing(
        assortment(history.tables(as_of=as_of)).texts,
        part=0,
        n_parts=1,
        progress=lambda *_: None,
    )
    card = train(as_of, lambda *_: None)
    if lists:
        jobs.start("lists", {"as_of": as_of.isoformat()}, title="Lists")
        jobs.work()
    return card


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_learn_writes_a_card_with_every_key_of_the_contract(shop, settings):
    (card,) = run("learn", "--only", "vectors,recommender")["cards"]
    assert RecommendationList.objects.count() == 3 * (N_CUSTOMERS + 1)
    wanted = (
        "model version promoted why label horizon_days windows n metrics baselines"
        " groups calibration cost drift"
    )
    assert set(wanted.split()) <= set(card)
    assert set(card["windows"]) == {"fit", "calibrate", "test"}
    assert set(card["metrics"]["ndcg@10"]) == {"value", "low", "high"}
    assert {"popularity", "personal"} <= set(card["baselines"])
    assert set(card["cost"]) == {"cpu_seconds", "peak_mib"}
    path = settings.MODEL_DIR / "recommender" / card["version"] / "card.json"
    assert json.loads(path.read_text()) == card


def test_the_windows_of_a_card_do_not_overlap_and_end_by_the_time_of_learning(shop):
    windows = learn()["windows"]
    ends = [
        datetime.fromisoformat(moment)
        for name in ("fit", "calibrate", "test")
        for moment in windows[name]
    ]
    assert ends == sorted(ends)
    assert ends[-1] <= NOW + timedelta(minutes=5)


def test_recommend_writes_k_rows_for_everyone_strangers_too(shop, tmp_path):
    learn()
    answer = run("recommend", "--k", "5", "--out", str(tmp_path / "recs.csv"))
    rows = rows_of(tmp_path / "recs.csv")
    assert list(rows[0]) == [
        "customer_id",
        "rank",
        "item_id",
        "score",
        "reason",
        "engine",
    ]
    assert (answer["customers"], answer["rows"], answer["short"]) == (
        N_CUSTOMERS + 1,
        5 * (N_CUSTOMERS + 1),
        {},
    )
    assert [row["rank"] for row in rows[:5]] == list("12345")
    assert all(row["reason"] for row in rows)
    assert "stranger" in {row["customer_id"] for row in rows}


def test_modes_keep_to_what_they_promise(shop, tmp_path):
    learn()
    owned = set(Event.objects.values_list("customer__external_id", "item_id"))
    for mode in ("repeat", "discover"):
        answer = run(
            "recommend", "--k", "4", "--mode", mode, "--out", str(tmp_path / "recs.csv")
        )
        pairs = {
            (row["customer_id"], row["item_id"])
            for row in rows_of(tmp_path / "recs.csv")
        }
        assert (pairs <= owned) if mode == "repeat" else not (pairs & owned)
        assert answer["short"] == ({"never bought": 1} if mode == "repeat" else {})


def test_what_happens_after_t_changes_no_byte_of_the_recommendations_as_of_t(
    shop, tmp_path
):
    then = (NOW - timedelta(days=20)).isoformat()
    learn(NOW - timedelta(days=20))
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    run("recommend", "--k", "8", "--as-of", then, "--out", str(first))
    newcomer = Customer.objects.create(external_id="came later")
    Item.objects.create(external_id="sold later")
    for who in (shop[0], newcomer):
        for day in range(15):
            at = NOW - timedelta(days=day)
            make.make_event(who, at=at, item_id="i01")
            make.make_event(who, at=at, item_id="sold later")
    run("recommend", "--k", "8", "--as-of", then, "--out", str(second))
    assert first.read_bytes() == second.read_bytes()


def test_a_model_that_saw_what_came_after_t_is_refused(shop, tmp_path):
    learn()
    with pytest.raises(Failed, match="run learn --as-of"):
        run(
            "recommend",
            "--as-of",
            (NOW - timedelta(days=30)).isoformat(),
            "--out",
            str(tmp_path / "recs.csv"),
        )


def test_without_a_model_the_answer_is_run_learn(shop, tmp_path):
    with pytest.raises(Failed, match="run learn"):
        run("recommend", "--out", str(tmp_path / "recs.csv"))


def test_learning_the_same_shop_again_changes_nothing(shop):
    first, second = (learn(NOW - timedelta(days=1)) for _ in range(2))
    assert first == second
    assert ModelVersion.objects.count() == 1


def test_only_the_items_and_customers_named_in_files_are_used(shop, tmp_path):
    learn()
    (tmp_path / "items.csv").write_text("item_id\ni01\ni02\ni03\n")
    (tmp_path / "customers.csv").write_text("customer_id\nc05\nstranger\n")
    words = [
        "--customers",
        str(tmp_path / "customers.csv"),
        "--items",
        str(tmp_path / "items.csv"),
    ]
    answer = run("recommend", "--k", "5", *words, "--out", str(tmp_path / "recs.csv"))
    rows = rows_of(tmp_path / "recs.csv")
    assert {row["item_id"] for row in rows} == {"i01", "i02", "i03"}
    assert (answer["customers"], answer["rows"], answer["short"]) == (
        2,
        6,
        {"no more items": 2},
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--k", "0"], "at least 1"),
        (["--engine", "oracle"], "no engine 'oracle'"),
        (["--items", "nowhere.csv"], "can't be read"),
        (["--customers", "{unknown}"], "unknown"),
        (["--items", "{unknown}"], "None of the 1 items is known"),
    ],
)
def test_wrong_arguments_are_one_clear_sentence(shop, tmp_path, words, sentence):
    learn()
    (tmp_path / "who.csv").write_text("customer_id\nnobody\n")
    words = [word.replace("{unknown}", str(tmp_path / "who.csv")) for word in words]
    with pytest.raises(BadInput, match=sentence):
        run("recommend", *words, "--out", str(tmp_path / "recs.csv"))


def test_only_takes_known_steps(shop):
    with pytest.raises(BadInput, match="some of"):
        run("learn", "--only", "magic")


def test_one_engine_can_be_asked_alone(shop, tmp_path):
    learn()
    run(
        "recommend",
        "--k",
        "3",
        "--engine",
        "popularity",
        "--out",
        str(tmp_path / "recs.csv"),
    )
    lists = {}
    for row in rows_of(tmp_path / "recs.csv"):
        lists.setdefault(row["customer_id"], []).append(row["item_id"])
    assert len({tuple(items) for items in lists.values()}) == 1


def test_an_item_that_left_the_shop_is_not_recommended(shop, tmp_path):
    learn(lists=True)
    Item.objects.filter(external_id="i01").update(available=False)
    run("recommend", "--k", "10", "--out", str(tmp_path / "recs.csv"))
    assert "i01" not in {row["item_id"] for row in rows_of(tmp_path / "recs.csv")}
    everyone = lists_for(list(Customer.objects.values_list("pk", flat=True)), k=10)
    assert "i01" not in {one.item_id for ranked in everyone.values() for one in ranked}


def test_everybodys_lists_lie_ready_in_the_database(
    shop, django_assert_max_num_queries
):
    learn(lists=True)
    pks = list(Customer.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(4):
        lists = lists_for(pks, k=6)
    assert pks
    assert all(len(lists[pk]) == 6 for pk in pks)
    assert all(one.reason and one.engine for ranked in lists.values() for one in ranked)


def test_a_customer_without_a_list_gets_what_sells(shop):
    newcomer = make.make_customer()
    for mode in ("all", "discover"):
        assert len(lists_for([newcomer.pk], mode=mode, k=5)[newcomer.pk]) == 5
    assert lists_for([newcomer.pk], mode="repeat")[newcomer.pk] == []


def test_lists_are_there_before_anything_was_learned(shop):
    Item.objects.filter(external_id="i00").update(available=False)
    again = [
        one.item_id for one in lists_for([shop[0].pk], mode="repeat", k=9)[shop[0].pk]
    ]
    assert again
    assert "i00" not in again, "bought before, and no longer sold"
    lists = lists_for([shop[0].pk], k=5)
    assert len(lists[shop[0].pk]) == 5


def test_a_text_is_encoded_once(shop):
    answer = vectors.encode_missing(
        ["Rye bread", "Oat milk"], part=0, n_parts=1, progress=lambda *_: None
    )
    again = vectors.encode_missing(
        ["Rye bread", "Oat milk"], part=0, n_parts=1, progress=lambda *_: None
    )
    assert (answer["encoded"], again["encoded"]) == (2, 0)
    codes, rows, space = vectors.of_texts(
        ["Oat milk", "never seen", "Rye bread", "Oat milk"]
    )
    assert codes[1] == -1
    assert codes[0] == codes[3] != codes[2]
    assert len(rows) == 2
    assert space == answer["name"]


def test_serving_lists_loads_neither_torch_nor_scikit_learn():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] ="
        " 'retention_site.settings'; django.setup();import recommender.serving;"
        " print([one for one in ('torch', 'sklearn', 'transformers') if one in"
        " sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


class TestRules:
    """What stands in the admin holds for every list: made ahead, asked for, and filled
    up.
    """

    @pytest.fixture
    def listed(self, shop, tmp_path):
        def run_with(k: int = 6, **rules: Any) -> tuple[dict, list[dict[str, str]]]:
            ListRules.objects.update_or_create(is_only=True, defaults=rules)
            answer = run(
                "recommend", "--k", str(k), "--out", str(tmp_path / "recs.csv")
            )
            return answer, rows_of(tmp_path / "recs.csv")

        learn(lists=True)
        return run_with

    def test_blocked_items_and_categories_stand_in_no_list(self, listed):
        _answer, rows = listed(
            blocked_items="i01\n i02 \n", blocked_categories="Oat milk"
        )
        kept = set(
            Item.objects.exclude(category="Oat milk").values_list(
                "external_id", flat=True
            )
        ) - {"i01", "i02"}
        assert {row["item_id"] for row in rows} <= kept
        assert len(rows) == 6 * (N_CUSTOMERS + 1)
        everyone = lists_for(list(Customer.objects.values_list("pk", flat=True)), k=6)
        assert {one.item_id for ranked in everyone.values() for one in ranked} <= kept

    def test_only_what_fits_the_price_band_is_shown_and_unknown_prices_fit(
        self, listed
    ):
        Item.objects.filter(external_id__lt="i12").update(price=Decimal("9.99"))
        _answer, rows = listed(price_from=1, price_to=5)
        assert {row["item_id"] for row in rows} == {f"i{n}" for n in range(12, 24)}

    def test_at_most_two_of_a_category_stand_before_others(self, listed):
        kind = dict(Item.objects.values_list("external_id", "category"))
        _answer, rows = listed(most_of_a_category=2)
        lists: dict[str, list[str]] = {}
        for row in rows:
            lists.setdefault(row["customer_id"], []).append(kind[row["item_id"]])
        assert max(max(Counter(kinds).values()) for kinds in lists.values()) == 2

    def test_what_earns_more_comes_first_when_the_margin_is_to_count(self, listed):
        Item.objects.filter(external_id="i07").update(attributes={"margin": 50})
        _answer, before = listed(margin_share=0.0)
        _answer, after = listed(margin_share=0.9)
        rank = [
            np.mean([int(row["rank"]) for row in rows if row["item_id"] == "i07"])
            for rows in (before, after)
        ]
        assert rank[1] == 1 < rank[0]

    def test_what_was_shown_is_kept_once_with_its_chances(self, listed, shop):
        shown = lists_for([shop[0].pk], k=3)
        for _twice in range(2):
            slates.keep(
                "message",
                NOW,
                ((who, "run 1", ranked) for who, ranked in shown.items()),
            )
        (kept,) = Slate.objects.all()
        assert [one["item_id"] for one in kept.items] == [
            one.item_id for one in shown[shop[0].pk]
        ]
        assert all(one["propensity"] == 1.0 for one in kept.items)
        assert kept.model == ModelVersion.objects.get(is_promoted=True).version
        a_share_of_lists_explores_and_says_how_likely_that_was(shop)
        what_a_program_is_told_is_kept(shop[0])


def a_share_of_lists_explores_and_says_how_likely_that_was(
    shop: list[Customer],
) -> None:
    ranked = lists_for([one.pk for one in shop], k=13)
    best = cut(ranked, 3)
    ListRules.objects.update_or_create(is_only=True, defaults={"explores": 0.5})
    shown = cut(ranked, 3)
    assert cut(ranked, 3) == shown, "drawn anew on the same day"
    tried = {
        who
        for who, ranked in shown.items()
        if ranked[2].item_id != best[who][2].item_id
    }
    assert 0.2 * len(shop) < len(tried) < 0.8 * len(shop)
    for who, places in shown.items():
        assert [one.propensity for one in places] == pytest.approx(
            [1, 1, 0.05 if who in tried else 0.5]
        )
        assert [one.item_id for one in places[:2]] == [
            one.item_id for one in best[who][:2]
        ]


def what_a_program_is_told_is_kept(customer: Customer) -> None:
    Slate.objects.all().delete()
    client = Client(
        headers={"Authorization": f"Bearer {ApiKey.make('read', name='app')[1]}"}
    )
    address = f"/v1/customers/{customer.external_id}/recommendations"

    def asked(**params: object) -> list[str]:
        return [
            one["item_id"]
            for one in client.get(address, {"k": 3, **params}).json()["items"]
        ]

    # the same list again within the hour is one showing
    assert asked(shown="false") == asked() == asked()
    (kept,) = Slate.objects.all()
    assert (kept.customer_id, kept.place) == (customer.pk, "api all")
    assert (
        [one["item_id"] for one in kept.items]
        == asked(request_id="visit 7")
        == asked(request_id="visit 7")
    )
    assert kept.items[2]["propensity"] in (0.5, 0.05)
    assert asked(mode="discover", request_id="visit 7")
    kept = list(Slate.objects.order_by("pk").values_list("place", "reference"))
    assert kept[1:] == [("api all", "visit 7"), ("api discover", "visit 7")]
    assert client.get(address, {"request_id": "\0"}).status_code == 404
