"""The till asks whether a code may be used, and uses it once."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns.api.coupons import MOST_WRONG_CODES, WRONG_ANSWER_SECONDS
from campaigns.models import Coupon
from campaigns.offers.coupons import Grant, issue
from profiles.models import Item
from retention_site.lib.clock import now
from tests.factories import make_coupon_pool, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def coupon() -> Coupon:
    pool = make_coupon_pool(valid_days=10)
    grant = Grant("g", make_customer(external_id="c1").pk, Decimal(5))
    return issue(pool, [grant], at=now(), minimum_spend=Decimal(20)).coupons["g"]


def test_a_good_code_is_told_what_it_is_worth(caller, coupon):
    answer = caller("till").post(
        "/v1/coupons/validate", {"code": coupon.code.lower(), "order_value": "25.00"}
    )
    assert answer.status_code == 200
    assert (
        answer.json()["value"],
        answer.json()["currency"],
        answer.json()["minimum_spend"],
    ) == (5, "USD", 20)


def test_redeemed_once_and_the_same_order_hears_the_same(caller, coupon):
    till, order = (
        caller("till"),
        {"code": coupon.code, "order_id": "o1", "order_value": 25},
    )
    first = till.post("/v1/coupons/redeem", order)
    again = till.post("/v1/coupons/redeem", order)
    other = till.post("/v1/coupons/redeem", {**order, "order_id": "o2"})
    assert (first.status_code, first.json()["repeated"]) == (200, False)
    assert (again.status_code, again.json()["repeated"], again.json()["value"]) == (
        200,
        True,
        5,
    )
    assert (other.status_code, other.json()["code"]) == (404, "coupon_unknown")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"code": "AAAA-BBBB-CCCC"}, 404, "coupon_unknown"),
        ({"order_value": 19.99}, 409, "coupon_minimum_spend"),
        ({"customer_id": "c2"}, 404, "coupon_unknown"),
        ({"customer_id": "ghost"}, 404, "not_found"),
        ({"order_value": -1}, 422, "invalid"),
        ({"order_value": "NaN"}, 422, "invalid"),
        ({"order_value": 1e13}, 422, "invalid"),
        ({"order_value": None}, 422, "invalid"),
        ({"code": ""}, 422, "invalid"),
        ({"code": "x\u0000"}, 400, "bad_request"),
        ({"order_id": None}, 422, "invalid"),
    ],
)
def test_what_a_till_may_not_do_is_one_sentence(caller, coupon, changes, status, code):
    make_customer(external_id="c2")
    order = {"code": coupon.code, "order_id": "o1", "order_value": 25, **changes}
    answer = caller("till").post("/v1/coupons/redeem", order)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Coupon.objects.get().redeemed_at is None


def test_an_expired_code_says_so(caller, coupon):
    Coupon.objects.update(expires_at=now() - timedelta(seconds=1))
    answer = caller("till").post("/v1/coupons/validate", {"code": coupon.code})
    assert (answer.status_code, answer.json()["code"]) == (409, "coupon_expired")


@pytest.mark.parametrize("scope", ["read", "write", "send"])
def test_only_a_tills_key_redeems(caller, coupon, scope):
    order = {"code": coupon.code, "order_id": "o1", "order_value": 25}
    assert caller(scope).post("/v1/coupons/redeem", order).status_code == 403


def test_reserved_redeemed_and_released_at_the_till(caller, coupon):
    till = caller("till")
    order = {"code": coupon.code, "order_id": "o1", "order_value": 25}
    kept = till.post("/v1/coupons/reserve", order)
    assert (kept.status_code, kept.json()["value"]) == (200, 5)
    other = till.post("/v1/coupons/redeem", {**order, "order_id": "o2"})
    assert other.status_code == 404
    assert till.post("/v1/coupons/redeem", order).status_code == 200
    part = {"code": coupon.code, "order_id": "o1", "amount": 2, "refund_id": "r1"}
    for _again in range(2):
        answer = till.post("/v1/coupons/release", part).json()
        assert (answer["released"], answer["returned"]) == (False, 2)
    rest = {"code": coupon.code, "order_id": "o1"}
    assert till.post("/v1/coupons/release", rest).json()["returned"] == 3
    again = till.post("/v1/coupons/redeem", {**order, "order_id": "o2"})
    assert again.status_code == 200


def test_a_reservation_is_released(caller, coupon):
    till, order = caller("till"), {"code": coupon.code, "order_id": "o1"}
    till.post("/v1/coupons/reserve", order)
    answer = till.post("/v1/coupons/release", order)
    assert (answer.status_code, answer.json()["released"]) == (200, True)
    assert Coupon.objects.get().held_until is None


def test_unknown_used_and_held_codes_get_one_answer(caller, coupon):
    till, make = caller("till"), make_coupon_pool(valid_days=10)
    held = issue(make, [Grant("h", None, Decimal(5))], at=now()).coupons["h"]
    till.post("/v1/coupons/reserve", {"code": held.code, "order_id": "o1"})
    till.post(
        "/v1/coupons/redeem",
        {"code": coupon.code, "order_id": "o2", "order_value": 25},
    )
    answers = []
    for code in (coupon.code, held.code, "AAAA-BBBB-CCCC"):
        for call in ("validate", "reserve", "redeem"):
            body = {"code": code, "order_id": "o9", "order_value": 25}
            answer = till.post(f"/v1/coupons/{call}", body)
            told = {**answer.json(), "instance": "", "request_id": ""}
            answers.append((answer.status_code, sorted(told.items())))
    assert all(one == answers[0] for one in answers)
    assert answers[0][0] == 404


def test_who_tries_many_codes_has_to_wait_and_other_keys_do_not(caller, coupon):
    guesser, honest = caller("till"), caller("till")
    guess = {"code": "AAAA-BBBB-CCCC"}
    for _each in range(MOST_WRONG_CODES):
        assert guesser.post("/v1/coupons/validate", guess).status_code == 404
    right = {"code": coupon.code}
    answer = guesser.post("/v1/coupons/validate", right)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert honest.post("/v1/coupons/validate", right).status_code == 200


def test_unknown_and_used_codes_get_one_answer_after_one_time(caller, coupon):
    till = caller("till")
    order = {"code": coupon.code, "order_id": "o1", "order_value": 25}
    till.post("/v1/coupons/redeem", order)
    took, said = [], []
    for code in (coupon.code, "AAAA-BBBB-CCCC"):
        began = time.monotonic()
        answer = till.post("/v1/coupons/validate", {"code": code})
        took.append(time.monotonic() - began)
        said.append(
            (answer.status_code, answer.json()["code"], answer.json()["detail"])
        )
    assert said[0] == said[1]
    assert min(took) >= WRONG_ANSWER_SECONDS


def test_a_till_tells_lines_delivery_and_currency(caller):
    Item.objects.create(external_id="tea", category="Food")
    pool = make_coupon_pool(kind="percent", percent=50, categories=["Food"])
    grant = Grant("g", make_customer().pk, Decimal(5))
    code = issue(pool, [grant], at=now()).coupons["g"].code
    till, order = caller("till"), {"code": code, "order_id": "o1", "order_value": 30}
    lines = [{"item_id": "tea", "price": 4}, {"item_id": "x", "price": 22}]
    for more, status, said in (
        ({}, 409, "coupon_items_needed"),
        ({"currency": "EUR", "items": lines}, 409, "coupon_currency"),
        ({"items": lines[1:]}, 409, "coupon_items"),
        ({"items": [{"item_id": "tea", "price": -1}]}, 422, "invalid"),
    ):
        answer = till.post("/v1/coupons/redeem", order | more)
        assert (answer.status_code, answer.json()["code"]) == (status, said)
    done = till.post("/v1/coupons/redeem", order | {"items": lines}).json()
    assert (done["value"], done["kind"]) == (2, "percent")
