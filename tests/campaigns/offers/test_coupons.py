"""The coupon ledger: caps and budgets hold, whoever asks at the same moment."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import Coupon, CouponEntry, CouponPool
from campaigns.offers import coupon_reconcile
from campaigns.offers.codes import ALPHABET, as_stored, new_code, spellings
from campaigns.offers.coupons import (
    NO_BUDGET,
    NO_COUPONS,
    Grant,
    issue,
)
from campaigns.offers.pools import PoolError, Terms, settle
from campaigns.offers.redemption import NotRedeemable, check, redeem
from profiles.models import Event
from tests.factories import make_campaign, make_coupon_pool, make_customer

NOW = datetime(2024, 5, 1, tzinfo=UTC)
PROCESSES = 4


def asked(customer, *values: str, key: str = "g") -> list[Grant]:
    return [
        Grant(f"{key}{i}", customer.pk, Decimal(value))
        for i, value in enumerate(values)
    ]


@pytest.mark.django_db
def test_the_cap_ends_the_giving():
    pool, customer = make_coupon_pool(cap=2), make_customer()
    issued = issue(pool, asked(customer, "1", "1", "1"), at=NOW)
    assert list(issued.coupons) == ["g0", "g1"]
    assert issued.refused == {"g2": NO_COUPONS}


@pytest.mark.django_db
def test_the_budget_ends_the_giving_but_lets_a_smaller_coupon_through():
    pool, customer = make_coupon_pool(budget=Decimal(10)), make_customer()
    issued = issue(pool, asked(customer, "6", "6", "4"), at=NOW)
    assert list(issued.coupons) == ["g0", "g2"]
    assert issued.refused == {"g1": NO_BUDGET}
    pool.refresh_from_db()
    assert (pool.n_issued, pool.committed) == (2, Decimal(10))


@pytest.mark.django_db
def test_asked_again_a_grant_gets_its_own_code_again():
    pool, customer = make_coupon_pool(), make_customer()
    first = issue(pool, asked(customer, "5"), at=NOW).coupons["g0"]
    again = issue(pool, asked(customer, "5"), at=NOW + timedelta(1)).coupons["g0"]
    pool.refresh_from_db()
    assert (again.code, again.expires_at, pool.n_issued) == (
        first.code,
        first.expires_at,
        1,
    )


@pytest.mark.django_db
def test_the_database_itself_refuses_to_pass_a_limit():
    pool = make_coupon_pool(cap=1, budget=Decimal(5))
    for change in ({"n_issued": 2}, {"committed": Decimal(6)}, {"spent": Decimal(6)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CouponPool.objects.filter(pk=pool.pk).update(**change)


@pytest.mark.django_db
def test_given_and_used_it_stands_among_the_customers_events():
    campaign, customer = make_campaign("Spring"), make_customer()
    pool = make_coupon_pool("spring", campaign=campaign)
    for _ in range(2):
        coupon = issue(pool, asked(customer, "5"), at=NOW).coupons["g0"]
        redeem(coupon.code, order_id="o1", order_value=Decimal(30), at=NOW)
    told = (
        Event.objects.filter(customer=customer)
        .order_by("pk")
        .values_list("type", "campaign_id", "coupon_code")
    )
    assert list(told) == [
        ("coupon_issued", "Spring", coupon.code),
        ("coupon_redeemed", "Spring", coupon.code),
    ]


@pytest.fixture
def code(db):
    pool = make_coupon_pool(valid_days=10)
    return (
        issue(pool, asked(make_customer(), "5"), at=NOW, minimum_spend=Decimal(20))
        .coupons["g0"]
        .code
    )


def test_a_coupon_is_redeemed_once_and_the_same_order_hears_the_same(code):
    first = redeem(code, order_id="o1", order_value=Decimal(30), at=NOW)
    again = redeem(code, order_id="o1", order_value=Decimal(30), at=NOW + timedelta(60))
    assert (first.value, first.is_repeat, again.value, again.is_repeat) == (
        5,
        False,
        5,
        True,
    )
    with pytest.raises(NotRedeemable, match="can't be used"):
        redeem(code, order_id="o2", order_value=Decimal(30), at=NOW)
    assert CouponPool.objects.get().spent == 5
    assert not coupon_reconcile.differences()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"order_value": Decimal("19.99")}, "at least 20.00 USD"),
        ({"at": NOW + timedelta(10)}, "was valid until 2024-05-11"),
        ({"code": "AAAA-BBBB-CCCC"}, "can't be used"),
        ({"code": ""}, "can't be used"),
        ({"customer": 0}, "can't be used"),
    ],
)
def test_why_a_till_must_not_take_it(code, changes, sentence):
    asked_for = {"code": code, "order_value": Decimal(30), "at": NOW, **changes}
    with pytest.raises(NotRedeemable, match=sentence):
        redeem(asked_for.pop("code"), order_id="o1", **asked_for)
    assert Coupon.objects.get().redeemed_at is None


def test_a_code_may_be_typed_in_any_way(code):
    assert (
        check(
            f" {code.lower().replace('-', ' ')} ", order_value=Decimal(30), at=NOW
        ).code
        == code
    )


@pytest.mark.django_db
def test_no_more_is_taken_off_than_the_order_is_worth():
    code = (
        issue(make_coupon_pool(), asked(make_customer(), "5"), at=NOW)
        .coupons["g0"]
        .code
    )
    assert redeem(code, order_id="o1", order_value=Decimal(3), at=NOW).value == 3
    assert CouponPool.objects.get().spent == 3
    assert not coupon_reconcile.differences()


def test_codes_are_hard_to_guess_and_easy_to_read():
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert len(ALPHABET) ** 12 == 2**60
    assert all(as_stored(code) == code for code in codes)
    # what is typed for a zero or a one is no letter of a code
    assert not set("OIL") & set(ALPHABET)
    assert as_stored("7K30-M1XT") in spellings("7k3o mixt")


@pytest.mark.django_db
def test_a_pool_can_grow_but_not_shrink_below_what_is_out():
    campaign = make_campaign()
    terms = Terms("p", 5, Decimal(50), "USD", 10)
    pool = settle(terms, campaign)
    issue(pool, asked(make_customer(), "5", "5", "5"), at=NOW)
    assert settle(Terms("p", 3, Decimal(15), "USD", 10), campaign).cap == 3
    with pytest.raises(PoolError, match=r"3 coupons worth 15\.00 USD are out already"):
        settle(Terms("p", 2, Decimal(50), "USD", 10), campaign)
    with pytest.raises(PoolError, match="belongs to another campaign"):
        settle(terms, make_campaign())
    with pytest.raises(PoolError, match="are in USD"):
        settle(Terms("p", 5, Decimal(50), "EUR", 10), campaign)


@pytest.mark.django_db
def test_the_ledger_names_a_counter_that_is_wrong():
    pool = make_coupon_pool()
    issue(pool, asked(make_customer(), "5"), at=NOW)
    CouponPool.objects.filter(pk=pool.pk).update(n_issued=3)
    (difference,) = coupon_reconcile.differences()
    assert (difference.check, difference.said, difference.found) == (
        "coupons issued",
        "3",
        "1",
    )


def race(
    shop_environment: dict[str, str], verb: str, pool: str, n: int
) -> list[list[str]]:
    """Let processes with connections of their own do the same at once."""
    words = [sys.executable, "-m", "tests.campaigns.offers.at_the_pool", verb, pool]
    racers = [
        subprocess.Popen(
            [*words, f"p{i}", str(n)],
            env=shop_environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for i in range(PROCESSES)
    ]
    assert [one.stdout.readline().strip() for one in racers] == ["ready"] * PROCESSES
    for one in racers:
        one.stdin.write("go\n")
        one.stdin.flush()
    return [json.loads(one.communicate(timeout=60)[0]) for one in racers]


def test_racing_processes_never_pass_the_cap(shop_environment):
    pool = make_coupon_pool("race", cap=50, budget=Decimal(45))
    got = race(shop_environment, "issue", "race", 40)
    pool.refresh_from_db()
    assert (pool.n_issued, pool.committed) == (45, Decimal(45))
    assert (
        Coupon.objects.filter(pool=pool).count()
        == len({code for codes in got for code in codes})
        == 45
    )
    assert not coupon_reconcile.differences()


def test_racing_tills_redeem_each_code_once(shop_environment):
    pool = make_coupon_pool("race", cap=40, budget=Decimal(400))
    issue(pool, asked(make_customer(), *["5"] * 40), at=NOW)
    got = race(shop_environment, "redeem", "race", 40)
    counts = Counter(code for codes in got for code in codes)
    assert len(counts) == 40
    assert set(counts.values()) == {1}
    assert CouponPool.objects.get().spent == 200
    assert not coupon_reconcile.differences()


def killed_tills(shop_environment, n_kills: int, seconds: float) -> None:
    """Let tills and issuers work at the same codes and kill them wherever they are."""
    words = [sys.executable, "-m", "tests.campaigns.offers.at_the_pool", "live", "race"]
    chance = random.Random(7)
    for i in range(n_kills):
        racers = [
            subprocess.Popen(
                [*words, f"k{i}-{at}", "1"],
                env=shop_environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for at in range(PROCESSES)
        ]
        for one in racers:
            assert one.stdout.readline().strip() == "ready"
        for one in racers:
            one.stdin.write("go\n")
            one.stdin.flush()
        for one in racers:
            time.sleep(chance.uniform(0, seconds))
            one.kill()
            one.communicate()


@pytest.mark.parametrize(
    ("n_kills", "seconds"),
    [(2, 0.4), pytest.param(40, 2.0, marks=pytest.mark.soak)],
)
@pytest.mark.timeout(1_200)
def test_tills_that_are_killed_lose_and_double_nothing(
    shop_environment, n_kills, seconds
):
    pool = make_coupon_pool("race", cap=100_000, budget=Decimal(400))
    issue(pool, asked(make_customer(), *["5"] * 6), at=NOW)
    killed_tills(shop_environment, n_kills, seconds)
    pool.refresh_from_db()
    assert not coupon_reconcile.differences()
    assert pool.n_issued > 6
    assert CouponEntry.objects.filter(kind="redeemed").exists()
    assert pool.committed <= pool.budget
    # whoever died holds no lock: the next one works
    code = only_code(make_coupon_pool("next"))
    assert redeem(code, order_id="o9", order_value=Decimal(9), at=NOW).value == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        (False, False, False),
        (True, False, False),
        (False, True, False),
        (True, True, True),
    ],
)
def test_an_order_takes_one_coupon_unless_all_its_pools_say_otherwise(
    first, second, may
):
    pools_of_two = [
        make_coupon_pool(name="one", is_stackable=first),
        make_coupon_pool(name="two", is_stackable=second),
    ]
    codes = [only_code(pool) for pool in pools_of_two]
    redeem(codes[0], order_id="o1", order_value=Decimal(30), at=NOW)
    if may:
        redeem(codes[1], order_id="o1", order_value=Decimal(30), at=NOW)
        return
    with pytest.raises(NotRedeemable) as refusal:
        redeem(codes[1], order_id="o1", order_value=Decimal(30), at=NOW)
    assert refusal.value.code == "order_has_coupon"
    redeem(codes[1], order_id="o2", order_value=Decimal(30), at=NOW)


def only_code(pool: CouponPool) -> str:
    grant = Grant(f"of {pool.name}", None, Decimal(5))
    return issue(pool, [grant], at=NOW).coupons[grant.key].code
