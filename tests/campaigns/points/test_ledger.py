"""Points: sides that agree, lots that expire, one movement a key, any day again."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from campaigns.models import PointsLot, PointsMovement, PointsPosting
from campaigns.offers.points import statements
from campaigns.offers.points.ledger import (
    Award,
    PointsError,
    award,
    award_all,
    burn,
    customers_of_person,
    expire,
    transfer,
)
from campaigns.privacy.points import Points
from profiles.models import Customer
from profiles.privacy.person import Person
from tests.factories import make_customer

NOW = datetime(2024, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def ann(db):
    return make_customer(external_id="ann")


@pytest.fixture
def bert(db):
    return make_customer(external_id="bert")


def give(customer, points, key, days=None, at=NOW):
    expires_at = None if days is None else NOW + days * DAY
    return award(Award(customer, points, key, expires_at), at=at)


def has(customer, at=NOW + DAY):
    assert not statements.differences()
    return statements.balance(customer, at)


def test_what_expires_first_is_spent_first(ann):
    give(ann, 100, "never")
    give(ann, 50, "late", days=60)
    give(ann, 30, "soon", days=10)
    burn(ann, 60, key="b", at=NOW)
    left = PointsLot.objects.order_by("pk").values_list("left", flat=True)
    assert list(left) == [100, 20, 0]
    assert has(ann) == 120


def test_a_movement_is_done_once_however_often_it_is_told(ann):
    for _again in range(3):
        give(ann, 100, "a")
        burn(ann, 40, key="b", at=NOW)
    assert has(ann) == 60
    assert PointsMovement.objects.count() == 2


def test_a_key_stands_for_one_movement_only(ann, bert):
    give(ann, 100, "a")
    give(bert, 100, "c")
    for other in (
        lambda: give(bert, 100, "a"),
        lambda: give(ann, 99, "a"),
        lambda: burn(ann, 100, key="a", at=NOW),
        lambda: transfer(ann, bert, 100, key="a", at=NOW),
    ):
        with pytest.raises(PointsError, match="another movement"):
            other()
    assert (has(ann), has(bert)) == (100, 100)


def test_more_than_there_is_can_t_be_spent(ann, bert):
    give(ann, 100, "a", days=10)
    for points, at in ((101, NOW), (1, NOW + 10 * DAY), (1, NOW - DAY)):
        with pytest.raises(PointsError, match="were asked for"):
            burn(ann, points, key=f"b{points}{at}", at=at)
    for points in (0, -5, 10**13):
        with pytest.raises(PointsError, match="whole"):
            burn(ann, points, key="c", at=NOW)
        with pytest.raises(PointsError, match="whole"):
            give(ann, points, "d")
    with pytest.raises(PointsError, match="before they are given"):
        give(ann, 1, "e", days=0)
    with pytest.raises(PointsError, match="same customer"):
        transfer(ann, ann, 1, key="f", at=NOW)
    assert has(ann) == 100
    assert has(bert) == 0


def test_transferred_points_expire_when_they_would_have(ann, bert):
    give(ann, 30, "soon", days=10)
    give(ann, 30, "late", days=60)
    transfer(ann, bert, 40, key="t", at=NOW)
    lots = statements.open_lots(customers_of_person(bert), NOW + DAY)
    assert [(lot.points, lot.expires_at) for lot in lots] == [
        (30, NOW + 10 * DAY),
        (10, NOW + 60 * DAY),
    ]
    assert (has(ann), has(bert)) == (20, 40)
    assert [
        line["points"]
        for line in statements.statement(customers_of_person(bert), NOW + DAY)
    ] == [40]
    assert statements.statement(customers_of_person(ann), NOW + DAY)[0]["points"] == -40


def test_what_has_expired_is_gone_whether_or_not_it_was_swept(ann):
    give(ann, 30, "soon", days=10)
    burn(ann, 10, key="b", at=NOW)
    assert has(ann, NOW + 9 * DAY) == 20
    assert has(ann, NOW + 10 * DAY) == 0
    assert (expire(at=NOW + 20 * DAY), expire(at=NOW + 20 * DAY)) == (1, 0)
    assert has(ann, NOW + 9 * DAY) == 20
    assert has(ann, NOW + 20 * DAY) == 0
    newest = statements.statement(customers_of_person(ann), NOW + 20 * DAY)[0]
    assert (newest["kind"], newest["points"]) == ("expire", -20)
    assert newest["at"] == NOW + 10 * DAY


def test_any_past_day_can_be_seen_again(ann):
    give(ann, 100, "a", at=NOW)
    burn(ann, 30, key="b", at=NOW + 2 * DAY)
    give(ann, 5, "c", at=NOW + 4 * DAY)
    days = [has(ann, NOW + day * DAY) for day in range(6)]
    assert days == [0, 100, 100, 70, 70, 75]


def test_joined_customers_have_their_points_together(ann, bert):
    give(ann, 30, "a")
    give(bert, 30, "b")
    Customer.objects.filter(pk=bert.pk).update(merged_into=ann)
    bert.refresh_from_db()
    assert has(ann) == has(bert) == 60
    burn(bert, 50, key="c", at=NOW)
    assert has(ann) == 10
    with pytest.raises(PointsError, match="same customer"):
        transfer(ann, bert, 1, key="d", at=NOW)


def test_erasure_takes_the_name_and_leaves_the_books(ann):
    award(Award(ann, 30, "a", note="for her review"), at=NOW)
    assert Points().erase(Person(customers=(ann.pk,)))
    assert has(ann) == 0
    movement = PointsMovement.objects.get()
    assert (movement.customer, movement.note, movement.points) == (None, "", 30)
    assert statements.liability(NOW + DAY, Decimal("0.01"))["points"] == 30


def test_many_are_given_at_once_in_few_statements(ann, django_assert_max_num_queries):
    awards = [Award(ann, 1, f"a{at}") for at in range(500)]
    with django_assert_max_num_queries(12):
        award_all(awards, at=NOW)
    award_all([*awards[:3], Award(ann, 7, "new")], at=NOW)
    assert has(ann) == 507


def test_the_liability_is_what_will_be_spent(ann):
    for at in range(40):
        give(ann, 10, f"old{at}", days=5)
        if at % 2:
            burn(ann, 10, key=f"b{at}", at=NOW)
    expire(at=NOW + 6 * DAY)
    give(ann, 1_000, "open", at=NOW + 6 * DAY)
    said = statements.liability(NOW + 7 * DAY, Decimal("0.02"))
    assert (said["points"], said["lots_matured"]) == (1_000, 40)
    assert said["redemption"] == pytest.approx(0.5)
    assert said["liability"] == pytest.approx(10)
    assert 6 < said["liability_low"] < 10 < said["liability_high"] < 14
    early = statements.liability(NOW + DAY, Decimal("0.02"))
    assert (early["redemption"], early["liability"]) == (None, None)
    assert early["liability_low"] == 0


def test_the_books_name_a_lot_and_a_movement_that_are_wrong(ann):
    give(ann, 30, "a")
    PointsLot.objects.update(left=29)
    PointsPosting.objects.filter(lot=None).update(points=-31)
    checks = {one.check for one in statements.differences()}
    assert checks == {"points of a lot", "postings of a movement"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("n_threads", "n_steps"), [(6, 15), pytest.param(50, 200, marks=pytest.mark.soak)]
)
@pytest.mark.timeout(600)
def test_random_movements_by_many_at_once_keep_the_books(n_threads, n_steps):
    people = [make_customer() for _each in range(3)]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for step in range(n_steps):
            one, other = chance.sample(people, 2)
            n, at = chance.randrange(1, 60), NOW + chance.randrange(20) * DAY
            # some keys are told by several threads
            key = f"{chance.choice(['shared', seed])}-{step}"
            days = chance.choice([None, 25, 40])
            steps = [
                lambda: give(one, n, key, days, at),  # noqa: B023
                lambda: burn(one, n, key=key, at=at),  # noqa: B023
                lambda: transfer(one, other, n, key=key, at=at),  # noqa: B023
                lambda: expire(at=at),  # noqa: B023
            ]
            try:
                chance.choices(steps, [4, 3, 3, 1])[0]()
            except PointsError:
                continue
        connection.close()

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(work, range(n_threads)))
    assert not statements.differences()
    assert PointsMovement.objects.exists()
    for person in people:
        lots = PointsLot.objects.filter(customer=person)
        far = NOW + 21 * DAY
        open_ = sum(
            lot.left for lot in lots if not lot.expires_at or lot.expires_at > far
        )
        assert statements.balance(person, far) == open_ >= 0
