"""A bad phone, zone or birth date costs that field, and one sees it: not the person, the order or the row."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from profiles import history
from profiles.intake.imports import load
from profiles.intake.normalisation import stored
from profiles.intake.sources.source_quality import quality
from profiles.intake.tracking import take
from profiles.models import Customer, Event, QuarantinedRow
from profiles.segments import members
from retention_site.lib.clock import now
from tests.factories import make_customer
from tests.profiles.intake_api import test_sources
from tests.profiles.intake_api.test_sources import SHOPIFY_ORDER, WOO_ORDER

pytestmark = pytest.mark.django_db
shopify, woocommerce = test_sources.shopify, test_sources.woocommerce
BAD = {
    "phone": ("ring at the neighbours", "invalid phone number"),
    "birthday": ("1990-02-31", "impossible date"),
    "timezone": ("Mars", "unknown time zone"),
    "locale": ("klingon", "unknown language"),
    "country": ("Atlantis", "unknown country"),
    "gender": ("helicopter", "unknown gender"),
    "age": (300, "impossible age"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_field_leaves_the_person(name: str) -> None:
    said, reason = BAD[name]
    traits = {"email": "ann@post.example", "firstName": "Ann", name: said}
    done = take(
        [{"type": "identify", "userId": "ann", "messageId": "m1", "traits": traits}],
        source="web",
    )
    assert (done.failed, [one.reason for one in done.warnings]) == ((), [reason])
    ann = Customer.objects.get()
    assert (ann.first_name, ann.email) == ("Ann", "ann@post.example")
    assert not any(
        (
            ann.phone,
            ann.birth_date,
            ann.time_zone,
            ann.language,
            ann.country,
            ann.gender,
            ann.age,
        )
    )
    kept = QuarantinedRow.objects.get()
    assert (kept.outcome, kept.row["traits"][name]) == ("without_field", said)
    assert not QuarantinedRow.objects.waiting().exists()
    (web,) = quality(now().date() - timedelta(days=2))
    assert (web.quarantined, [(column, why) for (_, column, why) in web.warnings]) == (
        0,
        [(kept.column, reason)],
    )


def test_the_answer_names_the_field(client, db) -> None:
    from profiles.models import ApiKey

    key = ApiKey.make("write", name="web")[1]
    body = {
        "userId": "ann",
        "traits": {"firstName": "Ann", "phone": "none"},
        "messageId": "m1",
    }
    answer = client.post(
        "/v1/identify",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200
    assert answer.json()["warnings"] == [
        {
            "index": 0,
            "messageId": "m1",
            "field": "phone",
            "reason": "invalid phone number",
        }
    ]


def test_a_guests_order_survives_a_bad_phone(woocommerce) -> None:
    billing = WOO_ORDER["billing"] | {"phone": "ring at the neighbours"}
    answer = woocommerce("order.updated", WOO_ORDER | {"billing": billing}).json()
    assert (answer["failed"], {one["reason"] for one in answer["warnings"]}) == (
        [],
        {"invalid phone number"},
    )
    assert Event.objects.filter(type="purchase").exists()
    assert Customer.objects.known().get().email == "guest@shop.example"


def test_an_accounts_order_and_name_survive_it_too(shopify) -> None:
    customer = SHOPIFY_ORDER["customer"] | {"phone": "call me"}
    answer = shopify("orders/create", SHOPIFY_ORDER | {"customer": customer}).json()
    assert (answer["failed"], {one["reason"] for one in answer["warnings"]}) == (
        [],
        {"invalid phone number"},
    )
    assert Customer.objects.known().get().last_name == "Snow"


def test_a_row_of_a_file_survives_it(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        "customer_id,first_name,phone,country,language,gender,age,time_zone,birth_date\n"
        "c1,Ann,12,Atlantis,klingon,helicopter,300,Mars,1850-01-01\n"
        "c2,Bo,030 1234567,Deutschland,German,weiblich,35.0,Berlin,1980-02-29\n"
    )
    answer = load("customers", file)
    assert (
        answer["stored"],
        answer["quarantined"],
        sum(answer["warnings"].values()),
    ) == (2, 0, 7)
    ann, bo = Customer.objects.order_by("external_id")
    assert (ann.first_name, ann.phone, ann.country, ann.birth_date) == (
        "Ann",
        "",
        "",
        None,
    )
    assert (bo.phone, bo.country, bo.language, bo.gender) == (
        "+49301234567",
        "DE",
        "de",
        "female",
    )
    assert (bo.age, bo.time_zone, bo.birth_date) == (
        "35",
        "Europe/Berlin",
        date(1980, 2, 29),
    )
    assert QuarantinedRow.objects.filter(outcome="without_field", line=2).count() == 7
    assert load("customers", file)["duplicates"] == 2
    assert QuarantinedRow.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_a_rule_finds_a_country_in_whatever_words(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    words = ("DE", "de", "Germany", "GERMANY", "Deutschland", "DEU")
    file.write_text(
        "customer_id,country\n"
        + "".join(f"c{n},{word}\n" for n, word in enumerate(words))
    )
    load("customers", file)
    take(
        [
            {
                "type": "identify",
                "userId": "api",
                "traits": {"address": {"country": "Allemagne"}},
            }
        ],
        source="web",
    )
    make_customer(external_id="french", country="FR")
    history.refresh()
    for test in ({"in": ["germany"]}, {"equals": "DE"}, {"in": ["Deutschland", "DE"]}):
        found = members(
            {"all": [{"is": "trait", "key": "country", **test}]},
            now() + timedelta(minutes=1),
        )
        assert len(found) == 7


def test_what_was_stored_before_is_written_so_too() -> None:
    make_customer(
        external_id="a",
        country="Germany",
        gender="F",
        language="english",
        time_zone="Mars",
    )
    make_customer(
        external_id="b",
        country="DE",
        gender="w",
        language="en",
        age="300",
        borrowed={"country": "UK"},
    )
    with connection.cursor() as cursor:
        assert stored.rewrite(cursor)["gender"] == 2
    a, b = Customer.objects.order_by("external_id")
    assert (a.country, a.gender, a.language, a.time_zone) == (
        "DE",
        "female",
        "en",
        "Mars",
    )
    assert (b.gender, b.age, b.borrowed) == ("female", "300", {"country": "GB"})
