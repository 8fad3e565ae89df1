"""What is no product to recommend: noticed, asked about once, and kept out of
everything when somebody says so.
"""

import json
import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.delivery.alerting.data_alarms import goods_to_ask_about
from profiles import history
from profiles.intake import imports
from profiles.models import ApiKey, Item
from recommender import serving, suspects
from recommender.interactions import assortment
from recommender.models import ListRules
from recommender.serving.ready_lists import on_sale
from tests.factories import make_colleague, make_customer, make_event, make_item

pytestmark = pytest.mark.django_db(transaction=True)

FEES = [
    "POSTAGE",
    "DOTCOM POSTAGE",
    "Manual",
    "Bank Charges",
    "CARRIAGE",
    "Discount",
    "SAMPLES",
    "AMAZON FEE",
    "Dotcomgiftshop Gift Voucher £20.00",
    "Versandkosten",
    "Frais de port",
    "Gastos de envío",
    "Geschenkgutschein 50 €",
    "运费补差",
    "礼品卡100元",
    "Pfand 0,25",
    "Adjust bad debt",
    "Trinkgeld",
    "送料",
]
ADULTS = [
    "Cigarettes",
    "Marlboro tobacco",
    "BEERS/ALES",
    "Vin rouge",
    "青岛啤酒",
    "Rotwein trocken",
    "Vodka 40%",
]
GOODS = [
    "WINE GLASS",
    "Ginger beer",
    "Delivery van toy",
    "Credit card holder",
    "Light holder",
    "Manual coffee grinder",
    "Feel good tea",
    "Ale-wife print mug",
    "Postcards",
    "Sample tray",
]


def who_may(right):
    colleague = make_colleague()
    colleague.user_permissions.add(Permission.objects.get(codename=right))
    return colleague


@pytest.mark.parametrize("title", FEES)
def test_services_and_fees_are_noticed(title):
    assert suspects.look([(1, title, "")]) == {1: suspects.FEE}


@pytest.mark.parametrize("title", ADULTS)
def test_what_only_adults_may_buy_is_noticed(title):
    assert suspects.look([(1, title, "")]) == {1: suspects.AGE}
    assert suspects.look([(1, "Brand 12", f"GROCERY>{title.upper()}")]) == {
        1: suspects.AGE
    }


@pytest.mark.parametrize("title", GOODS)
def test_goods_are_left_alone(title):
    assert suspects.look([(1, title, "")]) == {}


def test_a_price_that_is_another_each_time_is_noticed():
    make_item(external_id="M", title="")
    make_item(external_id="tea", title="Tea")
    buyer = make_customer()
    for n in range(30):
        make_event(buyer, item_id="M", price=str(0.5 + n * n))
        make_event(buyer, item_id="tea", price="2.50")
    history.refresh()
    assert suspects.sweep() == 1
    assert suspects.asked()[0].items[0].external_id == "M"


def test_one_click_answers_and_nothing_is_asked_twice(client):
    for n, title in enumerate([*FEES[:3], "Cigarettes", "Tea"]):
        make_item(
            external_id=str(n),
            title=title,
            category="SMOKE" if title == "Cigarettes" else "",
        )
    suspects.sweep()
    assert next(goods_to_ask_about()).value == 4
    client.force_login(make_colleague(is_superuser=True))
    page = client.get(reverse("goods")).content.decode()
    assert "POSTAGE" in page
    assert "Tea" not in re.findall(r"\w+", page)
    fees, adults = sorted(suspects.asked(), key=lambda one: one.why, reverse=True)
    for question, verdict in ((fees, "never"), (adults, "fine")):
        chosen = ",".join(str(item.pk) for item in question.items)
        client.post(
            reverse("goods"), {"key": question.key, "items": chosen, "verdict": verdict}
        )
    assert sorted(
        Item.objects.filter(never_recommend=True).values_list("title", flat=True)
    ) == sorted(FEES[:3])
    assert suspects.sweep() == 0
    assert not list(goods_to_ask_about())
    assert on_sale([str(n) for n in range(5)]) == {"3", "4"}


def test_who_may_only_look_answers_nothing(client):
    item = make_item(title="POSTAGE")
    suspects.sweep()
    client.force_login(who_may("view_item"))
    (question,) = suspects.asked()
    client.post(
        reverse("goods"),
        {"key": question.key, "items": str(item.pk), "verdict": "never"},
    )
    item.refresh_from_db()
    assert item.never_recommend is None


def test_a_file_the_api_and_the_admin_say_it_too(client, tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("item_id,title,never_recommend\na,Post,yes\nb,Tea,no\nc,Milk,\n")
    imports.load("items", path)
    said = dict(Item.objects.values_list("external_id", "never_recommend"))
    assert said == {"a": True, "b": False, "c": None}
    _key, secret = ApiKey.make("write")
    answer = client.put(
        "/v1/items/b",
        json.dumps({"never_recommend": True}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200, answer.content
    assert Item.objects.get(external_id="b").never_recommend is True
    client.force_login(make_colleague(is_superuser=True))
    tea, milk = (Item.objects.get(external_id=one) for one in "bc")
    client.post(reverse("admin:profiles_item_do", args=[tea.pk, "recommend_again"]))
    chosen = {"action": "never_recommend", "_selected_action": [milk.pk]}
    client.post(reverse("admin:profiles_item_changelist"), chosen)
    assert dict(Item.objects.values_list("external_id", "never_recommend")) == {
        "a": True,
        "b": False,
        "c": True,
    }
    assert (
        "never recommended"
        in client.get(
            reverse("admin:profiles_item_change", args=[milk.pk])
        ).content.decode()
    )


def test_it_is_in_nothing_that_recommends():
    for item, title in (("a", "Oat bread"), ("b", "Rye bread"), ("c", "Corn bread")):
        make_item(external_id=item, title=title)
    buyers = [make_customer() for _n in range(8)]
    for buyer in buyers:
        for item in "abc":
            make_event(buyer, item_id=item)
    Item.objects.filter(external_id="b").update(never_recommend=True)
    history.refresh()
    assert set(assortment(history.tables()).ids) == {"a", "c"}
    assert {item for item, _score in serving.search("bread").items} == {"a", "c"}
    assert {one.item_id for one in serving.similar_items("a")} == {"c"}
    assert "b" not in {one.item_id for one in serving.trending()}


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("POSTAGE*", {"b", "c"}),
        ("*post*", {"b"}),
        ("rye [1]?", {"a", "c"}),
        ("", {"a", "b", "c"}),
    ],
)
def test_a_pattern_of_titles_keeps_items_out(pattern, left):
    for item, title in (
        ("a", "Postage & packing"),
        ("b", "Rye [1]?"),
        ("c", "Compost"),
    ):
        make_item(external_id=item, title=title)
    ListRules.objects.create(blocked_titles=pattern)
    assert on_sale("abc") == left
    history.refresh()
    from recommender.lists.rules import current, fitting

    assert fitting(current(), history.tables(), list("abc")) == left


def test_the_page_of_learning_says_when_and_learns_now(client, settings):
    make_customer()
    client.force_login(make_colleague(is_superuser=True))
    page = client.get(reverse("learning")).content.decode()
    assert settings.LEARN_AT in page
    answer = client.post(reverse("learning"), follow=True).content.decode()
    assert "Learning has begun" in answer
    client.force_login(who_may("view_modelversion"))
    assert "Learn now" not in client.get(reverse("learning")).content.decode()
