"""Points that are earned: by rules, pending until goods can't come back, taken back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.content.points_terms import BadCampaign, document, read_terms
from campaigns.models import PointsMovement, PointsSweep
from campaigns.offers.points import (
    birthdays,
    earning,
    points_traits,
    programme,
    statements,
    tiers,
)
from campaigns.offers.points.ledger import PointsError, burn
from profiles.identity.merge_customers import Link, join
from profiles.intake.ingest import EventIn, ingest
from profiles.models import Portrait
from tests.factories import make_customer, make_item

NOW = datetime(2024, 5, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = {
    "value": "0.02",
    "pending_days": 14,
    "expires_days": 100,
    "earn": [
        {"name": "Every euro", "kind": "spend", "points": 1, "most": 500},
        {"name": "Books", "kind": "spend", "points": 2, "per": "1", "categories": ["Books"]},
        {"name": "Welcome", "kind": "first_order", "points": 100},
        {"name": "Review", "kind": "event", "event": "review", "points": 50, "times": 1,
         "within_days": 30},
        {"name": "Birthday", "kind": "birthday", "points": 200},
    ],
    "tiers": {"by": "points", "within_days": 365, "steps": [
        {"name": "Silver", "from": 150},
        {"name": "Gold", "from": 400, "multiplier": 2},
    ]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def sees_its_own(monkeypatch):
    """What a test wrote and has yet to commit counts as committed."""
    monkeypatch.setattr(earning, "HORIZON", f"SELECT {10**18}::bigint")


@pytest.fixture
def ann(db):
    programme.save(read_terms(RULES), at=NOW - 30 * DAY)
    make_item(external_id="novel", category="Books > Novels")
    make_item(external_id="soap", category="Bath")
    return make_customer(external_id="ann", birth_date=date(1980, 5, 10))


def bought(customer, order, item, price, quantity=1, at=NOW, kind="purchase"):
    event = EventIn(
        customer=customer.pk,
        type=kind,
        at=at,
        event_id=f"{order}:{item}:{kind}:{quantity}:{price}",
        item_id=item,
        order_id=order,
        quantity=Decimal(quantity),
        price=Decimal(price),
    )
    ingest([event], source="shop")


def swept(at=NOW):
    PointsSweep.objects.update(transaction=0, event=0)  # all of it again, each time
    done = earning.earn(at=at)
    assert not statements.differences()
    return done


def has(customer, at=NOW):
    return statements.balance(customer, at + timedelta(seconds=1))


def by_rule(customer):
    rows = PointsMovement.objects.filter(customer=customer).order_by("pk")
    return [(one.rule, one.kind, one.points) for one in rows]


def test_an_order_earns_by_every_rule_and_waits_for_its_return_window(ann):
    bought(ann, "o1", "novel", "30.90")
    bought(ann, "o1", "soap", "9.50")
    done = swept()
    # 40 whole euros, 30 of them for books, and the first order
    assert by_rule(ann) == [
        ("Every euro", "award", 40),
        ("Books", "award", 60),
        ("Welcome", "award", 100),
    ]
    assert (done.n_events, done.n_awarded) == (2, 200)
    assert has(ann) == 0
    assert has(ann, NOW + 14 * DAY) == 200
    assert has(ann, NOW + 114 * DAY) == 0
    lots = statements.open_lots([ann.pk], NOW + DAY)
    assert statements.pending(lots) == 200
    with pytest.raises(PointsError, match="There are 0 points"):
        burn(ann, 1, key="early", at=NOW + DAY)


def test_told_again_nothing_is_given_twice(ann):
    bought(ann, "o1", "soap", "40")
    swept()
    n = PointsMovement.objects.count()
    assert swept().n_awarded == 0
    bought(ann, "o1", "soap", "40")  # the same event
    assert swept(NOW + DAY).n_awarded == 0
    assert PointsMovement.objects.count() == n


def test_a_refund_takes_its_share_back_and_a_whole_one_all(ann):
    bought(ann, "o1", "novel", "20", 2)
    swept()
    bought(ann, "o1", "novel", "20", -1, kind="return")
    assert swept().n_taken_back == 20 + 40
    assert has(ann, NOW + 14 * DAY) == 20 + 40 + 100
    bought(ann, "o1", "novel", "20.00", -1, kind="return")
    swept(NOW + DAY)
    assert has(ann, NOW + 15 * DAY) == 0
    # the next order is no first one
    bought(ann, "o2", "soap", "10", at=NOW + 2 * DAY)
    assert swept(NOW + 2 * DAY).n_awarded == 10


def test_what_was_spent_already_is_the_shops_loss_and_no_balance_falls_below_zero(ann):
    bought(ann, "o1", "soap", "50")
    swept()
    burn(ann, 140, key="b", at=NOW + 20 * DAY)
    bought(ann, "o1", "soap", "50", -1, at=NOW + 21 * DAY, kind="return")
    swept(NOW + 21 * DAY)
    assert has(ann, NOW + 21 * DAY) == 0
    back = PointsMovement.objects.filter(kind="take_back")
    assert sum(one.points for one in back) == 10
    assert sum(one.missing for one in back) == 140
    assert swept(NOW + 22 * DAY).n_taken_back == 0


def test_an_order_keeps_the_rules_that_held_when_it_was_placed(ann):
    bought(ann, "o1", "soap", "40", 2)
    swept()
    programme.save(read_terms({"earn": []}), at=NOW + DAY)
    bought(ann, "o2", "soap", "40", at=NOW + 2 * DAY)
    assert swept(NOW + 2 * DAY).n_awarded == 0
    bought(ann, "o1", "soap", "40", -1, at=NOW + 3 * DAY, kind="return")
    assert swept(NOW + 3 * DAY).n_taken_back == 40


def test_what_lies_before_the_programme_earns_nothing(ann):
    bought(ann, "old", "soap", "40", at=NOW - 31 * DAY)
    bought(ann, "o1", "soap", "40")
    swept()
    # o1 isn't the first order either
    assert by_rule(ann) == [("Every euro", "award", 40)]


def test_an_order_is_bounded(ann):
    bought(ann, "o1", "soap", "9000")
    swept()
    assert ("Every euro", "award", 500) in by_rule(ann)


def test_a_return_without_its_order_takes_at_most_what_was_given(ann):
    bought(ann, "o1", "soap", "30")
    swept()
    bought(ann, None, "soap", "90", -1, at=NOW + DAY, kind="return")
    swept(NOW + DAY)
    assert has(ann, NOW + 20 * DAY) == 100
    bought(ann, None, "soap", "5", at=NOW + 2 * DAY)
    assert swept(NOW + 2 * DAY).n_awarded == 5


def test_an_event_earns_as_often_as_its_rule_says(ann):
    for n, day in enumerate((0, 1, 40)):
        event = EventIn(
            customer=ann.pk, type="review", at=NOW + day * DAY, event_id=f"r{n}"
        )
        ingest([event], source="shop")
        swept(NOW + day * DAY)
    assert [points for _rule, _kind, points in by_rule(ann)] == [50, 50]
    assert has(ann, NOW + 40 * DAY) == 100


def test_a_birthday_earns_once_a_year_for_all_accounts_of_a_person(ann):
    twin = make_customer(external_id="twin", birth_date=date(1980, 5, 10))
    assert birthdays.congratulate(at=NOW) == 2
    assert birthdays.congratulate(at=NOW + timedelta(hours=1)) == 0
    PointsSweep.objects.update(birthdays_on=None)
    assert birthdays.congratulate(at=NOW) == 0
    join([Link(ann.pk, twin.pk, "alias", "twin")])
    ann.refresh_from_db()
    assert has(ann) == 400
    assert birthdays.congratulate(at=NOW + 365 * DAY) == 1


def test_29_february_is_the_28th_of_other_years(ann):
    make_customer(external_id="leap", birth_date=date(1980, 2, 29))
    assert birthdays.congratulate(at=datetime(2025, 2, 28, 12, tzinfo=UTC)) == 1


def test_a_tier_is_reached_by_points_and_multiplies_what_is_spent(ann):
    bought(ann, "o1", "soap", "300")
    swept()
    assert tiers.tier_of(ann, NOW + DAY) == "Gold"
    bought(ann, "o2", "soap", "10", at=NOW + DAY)
    assert swept(NOW + DAY).n_awarded == 20
    # a year on, what was earned then counts no more
    assert tiers.tier_of(ann, NOW + 367 * DAY) == ""
    bought(ann, "o2", "soap", "10", -1, at=NOW + 400 * DAY, kind="return")
    assert swept(NOW + 400 * DAY).n_taken_back == 20
    rules = RULES | {"tiers": {"by": "spend", "steps": [{"name": "Big", "from": 310}]}}
    programme.save(read_terms(rules), at=NOW + 2 * DAY)
    assert tiers.tier_of(ann, NOW + 3 * DAY) == "Big"


@pytest.mark.django_db(transaction=True)
def test_points_and_tier_are_traits_of_the_portrait(ann):
    bought(ann, "o1", "soap", "60")
    swept()
    points_traits.refresh(at=NOW)
    traits = Portrait.objects.get(customer=ann).traits
    assert traits["points_balance"]["value"] == 0
    assert traits["points_tier"]["value"] == "Silver"
    later = NOW + 90 * DAY
    points_traits.refresh(at=later)  # lots opened by themselves
    traits = Portrait.objects.get(customer=ann).traits
    assert traits["points_balance"]["value"] == 160
    assert traits["points_expiring"]["value"] == 160
    assert points_traits.refresh(at=later) == 0


def test_a_programme_is_read_as_it_is_written():
    terms = read_terms(RULES)
    assert read_terms(document(terms)) == terms
    assert document(read_terms(document(terms))) == document(terms)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"erns": []}, "erns: is not a known key"),
        ({"value": "much"}, "value: a number"),
        ({"earn": [{"name": "a", "kind": "spent", "points": 1}]}, "did you mean spend"),
        ({"earn": [{"name": "a", "kind": "event", "points": 1}]}, "event: is missing"),
        (
            {"earn": [{"name": "a", "kind": "event", "event": "return", "points": 1}]},
            "earned for by kind: spend",
        ),
        (
            {"earn": [{"name": "a", "kind": "birthday", "points": 1}] * 2},
            "stands there twice",
        ),
        (
            {"earn": [{"name": "a", "kind": "spend", "points": 0}]},
            "points: 0 is outside",
        ),
        (
            {"tiers": {"steps": [{"name": "b", "from": 9}, {"name": "c", "from": 3}]}},
            "each must begin above",
        ),
        ({"pending_days": -1}, "pending_days: -1 is outside"),
        (["earn"], "keys with values are expected"),
    ],
)
def test_what_no_programme_can_say_is_refused_with_its_key(change, said):
    with pytest.raises(BadCampaign, match=said):
        read_terms(change)
