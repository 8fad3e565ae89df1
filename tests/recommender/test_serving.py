"""What is shown: near an item, after a search, rising; by meaning where there is a
model, else by words.
"""

import subprocess
import sys
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client

from profiles import history, jobs
from profiles.models import ApiKey, Customer, Event, Item, Job, Portrait
from recommender import serving
from recommender.interactions import assortment
from recommender.serving.trending import _rising
from recommender.vectors import current, places
from recommender.vectors.ivf_index import Cells
from retention_site.lib import clock
from tests.factories import make_colleague
from tests.recommender.conftest import NOW, line

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = {
    "tea": "Green tea leaves",
    "coffee": "Ground coffee beans",
    "boots": "Waterproof hiking boots",
    "sandals": "Leather summer sandals",
    "laptop": "Light laptop computer",
    "phone": "Mobile phone with camera",
    "cup": "Porcelain cup",
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Where the model is drawn once for all tests."""
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture(autouse=True)
def forgotten():
    """What is looked up once an hour is looked up anew for each test."""
    _rising.cache_clear()


@pytest.fixture
def worded(shop, settings, drawn) -> list[Customer]:
    """The shop with a few things of many kinds, searches and a review, its words
    encoded by the bundled model.
    """
    settings.ENCODER_MODEL = ""
    (settings.MODEL_DIR).mkdir()
    (settings.MODEL_DIR / "encoders").symlink_to(drawn)
    Item.objects.bulk_create(
        Item(
            external_id=key,
            title=title,
            category=f"Things>{'Shoes' if key in ('boots', 'sandals') else 'Other'}",
        )
        for key, title in THINGS.items()
    )
    Item.objects.filter(external_id="phone").update(available=False)
    for customer, kind, text in (
        (shop[0], "search", "shoes for the beach"),
        (shop[1], "review", "The beans smell of chocolate"),
    ):
        event = line(customer, NOW - timedelta(days=1), "i00", "")
        event.type, event.text, event.order_id = kind, text, None
        event.save()
    encode()
    return shop


def encode(**more) -> Job:
    history.refresh()
    job = jobs.start(
        "vectors", {"as_of": clock.now().isoformat(), **more}, title="Vectors"
    )
    jobs.work(only=job)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def answered_elsewhere(settings) -> list[str]:
    """Ask in a process of its own, with the model and the vectors of this shop."""
    code = f"""
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "retention_site.settings"
django.setup()
from django.conf import settings
from pathlib import Path
settings.MODEL_DIR = Path({str(settings.MODEL_DIR)!r})
from recommender.vectors.encoding import for_queries
from recommender.vectors import places
from recommender import serving
from recommender.interactions import assortment
import recommender.admin
space, encoder = for_queries()
there = places()
print(there.nearest(there.centred(encoder.encode(["walking shoes"]), ["walking shoes"])[0], 1)[0][0])
print([one for one in ("torch", "sklearn", "transformers", "onnx") if one in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-2:]


def test_what_is_near_is_found_without_torch_and_customers_stand_where_they_buy(
    worded, settings
):
    near = [one.item_id for one in serving.similar_items("boots", 2)]
    assert near[0] == "sandals"
    assert serving.similar_items("tea", 1)[0].reason == "similar to Green tea leaves"
    assert "phone" not in {one.item_id for one in serving.similar_items("laptop", 10)}
    there = places()
    assert there.about.space == current().name
    assert there.about.n_customers == len(worded)
    own = {f"i{number:02}" for number in range(24) if number % 4 == 2}
    nearest = [
        item for item, _cosine in there.nearest(there.of_customer(worded[2].pk), 5)
    ]
    assert set(nearest) <= own
    assert np.allclose(np.linalg.norm(there.items, axis=1), 1, atol=1e-5)
    interests = Portrait.objects.get(customer=worded[3]).traits["interests"]
    assert interests["value"][0] == "Ground coffee"
    text, after = serving.because_you_searched(worded[0].pk, 1)
    assert (text, [one.item_id for one in after]) == (
        "shoes for the beach",
        ["sandals"],
    )
    assert after[0].reason == "because of the search for “shoes for the beach”"
    assert serving.because_you_searched(worded[5].pk) == ("", [])
    assert answered_elsewhere(settings) == [
        "boots",
        "[]",
    ], "torch or scikit-learn was loaded to serve"


def test_only_what_changed_is_encoded_and_a_past_moment_moves_nobody(worded):
    before = places().about
    Item.objects.create(external_id="hat", title="Woollen winter hat")
    past = encode(is_past=True)
    assert past.result["encoded"] == 1
    assert places().about == before
    again = encode()
    assert (again.result["encoded"], again.result["items"]) == (0, before.n_items + 1)


def programs_get_the_same() -> None:
    secret = ApiKey.make("read", name="app")[1]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    found = client.get("/v1/customers/c00/recommendations?k=3").json()
    assert (len(found["items"]), found["because_searched"]) == (
        3,
        "shoes for the beach",
    )
    assert found["after_search"][0]["title"] == "Leather summer sandals"
    assert (
        client.get("/v1/items/boots/similar?k=1").json()["items"][0]["item_id"]
        == "sandals"
    )
    assert client.get("/v1/search?q=footwear&k=2").json()["items"][0]["item_id"] in (
        "boots",
        "sandals",
    )
    assert client.get("/v1/items/nothing/similar").status_code == 404
    assert client.get("/v1/customers/c00/recommendations?k=0").status_code == 422
    assert client.get("/v1/trending").status_code == 200


def staff_see_it(customer: Customer) -> None:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    assert "all-minilm" in client.get("/admin/find/").content.decode()
    found = client.get("/admin/find/found/?q=footwear").content.decode()
    assert "Leather summer sandals" in found
    assert "found by meaning" in found
    assert "can&#x27;t read" in client.get("/admin/find/found/?q=咖啡").content.decode()
    assert client.get("/admin/find/rising/").status_code == 200
    boots = Item.objects.get(external_id="boots")
    assert (
        "Leather summer sandals"
        in client.get(f"/admin/profiles/item/{boots.pk}/change/").content.decode()
    )
    assert (
        "after a search"
        in client.get(
            f"/admin/profiles/customer/{customer.pk}/change/"
        ).content.decode()
    )


def test_a_query_is_answered_by_meaning_or_by_words(worded, settings):
    by_meaning = serving.search("something to drink in the morning", 3)
    assert (by_meaning.engine, by_meaning.why) == ("content", "")
    assert {"coffee", "tea"} & {item for item, _score in by_meaning.items}
    unreadable = serving.search("咖啡", 3)
    assert (unreadable.items, unreadable.why) == ([], "unreadable")
    for odd in ("", "🍞", "%", "x" * 10_000, "'; --"):
        assert isinstance(serving.search(odd, 3).items, list)
    programs_get_the_same()
    staff_see_it(worded[0])
    (settings.MODEL_DIR / "vectors" / "places.json").unlink()
    by_words = serving.search("hiking SHOES boots", 3)
    assert (by_words.items[0][0], by_words.why) == ("boots", "no_model")
    assert [one.item_id for one in serving.similar_items("boots", 9)] == ["sandals"]


def test_a_shop_of_nothing_and_of_one_thing_is_placed_all_the_same(
    transactional_db, settings, tmp_path
):
    settings.MODEL_DIR, settings.HISTORY_DIR, settings.ENCODER_MODEL = (
        tmp_path / "m",
        tmp_path / "h",
        "lexical",
    )
    assert encode().result["items"] == 0
    assert serving.search("tea", 3).items == []
    Item.objects.create(external_id="tea", title="Green tea", price=None)
    Item.objects.create(external_id="mute")
    Item.objects.create(external_id="pictures", title="🍞🥛")
    alone = Customer.objects.create(external_id="c")
    Event.objects.bulk_create(
        [line(alone, clock.now() - timedelta(days=1), "tea", "o")]
    )
    assert encode().result["items"] == 1
    known = assortment(history.tables(as_of=clock.now())).ids
    assert set(known) == {
        "tea",
        "mute",
        "pictures",
    }, "what has no words is sold all the same"
    assert serving.similar_items("tea") == []
    assert [item for item, _score in serving.search("tea", 3).items] == ["tea"]
    assert [item for item, _score in serving.search("🥛", 3).items] == ["pictures"]


def test_what_rises_is_not_what_always_sold(shop):
    for number, customer in enumerate(shop[:12]):
        Event.objects.bulk_create(
            [line(customer, NOW - timedelta(days=3, hours=number), "new", f"n{number}")]
        )
    Item.objects.create(external_id="new", title="Fresh")
    history.refresh()
    best = serving.trending(3)[0]
    assert (best.item_id, best.reason) == (
        "new",
        "rising: 12 buyers in the last 14 days",
    )


def test_the_index_finds_nearly_all_that_comparing_everything_finds():
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((60, 32)).astype(np.float32)
    vectors = centres[rng.integers(0, 60, 20_000)] + 0.4 * rng.standard_normal(
        (20_000, 32)
    ).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cells, found, looked_at = Cells.of(vectors), 0, 0
    for query in vectors[:100]:
        rows = cells.near(query)
        best = np.argsort(-(vectors @ query))[:10]
        found += len(np.intersect1d(rows, best))
        looked_at += len(rows)
    assert found >= 0.95 * 1_000
    assert looked_at <= 0.3 * 100 * len(vectors)
