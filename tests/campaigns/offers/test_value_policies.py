"""What a coupon is worth: bounded, monotone, with its reason."""

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.offers.policies.by_price_sensitivity import ByPriceSensitivity
from campaigns.offers.policies.by_rule import ByRule
from campaigns.offers.policies.fixed import Fixed
from retention_site.lib import registry

POLICY = ByPriceSensitivity(smallest=Decimal(2), largest=Decimal(10))
share = st.floats(0, 1)
spend = st.floats(0, 1000)


def worth(sensitivity: float, basket: float) -> Decimal:
    return POLICY.worth({"price_sensitivity": sensitivity, "basket": basket}).value


def test_the_share_of_a_visit_grows_with_price_sensitivity():
    assert worth(0, 40) == 2
    assert worth(0.2, 40) == 5
    assert worth(0.4, 40) == worth(1, 40) == 8


@given(share, share, spend, spend)
def test_more_sensitive_or_more_spent_is_never_worth_less(a, b, low, high):
    (a, b), (low, high) = sorted((a, b)), sorted((low, high))
    assert 2 <= worth(a, low) <= worth(b, high) <= 10


@pytest.mark.parametrize(
    ("traits", "unknown"),
    [
        ({}, "price sensitivity"),
        ({"price_sensitivity": 0.9}, "the usual basket"),
        ({"basket": 50}, "price sensitivity"),
        ({"price_sensitivity": "x"}, "price sensitivity"),
    ],
)
def test_of_whom_too_little_is_known_gets_the_smallest_and_the_reason_names_it(
    traits, unknown
):
    said = POLICY.worth(traits)
    assert said.value == 2
    assert said.reason == f"{unknown} is not known"


def test_values_come_in_steps():
    fine = ByPriceSensitivity(
        smallest=Decimal(1), largest=Decimal(10), step=Decimal("0.50")
    )
    assert fine.worth({"price_sensitivity": 0.13, "basket": 33}).value == Decimal(
        "3.50"
    )


fifth = st.integers(1, 5)
RULE = ByRule(smallest=Decimal(2), largest=Decimal(10))


def ruled(frequency: int, money: int, sensitivity: float) -> Decimal:
    cell = f"3{frequency}{money}"
    return RULE.worth({"rfm": cell, "price_sensitivity": sensitivity}).value


def test_the_rule_gives_most_for_much_spent_rarely_at_a_reduction():
    assert ruled(1, 5, 0.4) == 10
    assert ruled(5, 1, 0) == 2
    assert ruled(3, 3, 0.2) == 6


@given(fifth, fifth, fifth, fifth, share, share)
def test_the_rule_is_monotone(rare, often, little, much, low, high):
    (rare, often), (little, much) = sorted((rare, often)), sorted((little, much))
    low, high = sorted((low, high))
    assert 2 <= ruled(often, little, low) <= ruled(rare, much, high) <= 10


@pytest.mark.parametrize("traits", [{"price_sensitivity": 0.3}, {"rfm": "5x"}])
def test_the_rule_names_what_is_not_known(traits):
    said = RULE.worth(traits)
    assert (said.value, said.reason) == (2, "spend and frequency are not known")


def test_fixed_is_fixed():
    assert Fixed(Decimal(5)).worth({}).value == 5


@pytest.mark.parametrize("key", registry.keys("value_policies"))
def test_every_policy_keeps_the_contract(key):
    kind = registry.load("value_policies", key)
    amounts = {
        field.name: Decimal(3) for field in fields(kind) if field.type == "Decimal"
    }
    assert {field.type for field in fields(kind)} <= {"Decimal", "float", "int", "str"}
    assert all(
        {"low", "high"} <= set(field.metadata)
        for field in fields(kind)
        if field.type in ("float", "int")
    )
    for traits in (
        {},
        {"price_sensitivity": 0.2, "basket": 30.0},
        {"basket": -5.0, "price_sensitivity": 9},
    ):
        said = kind(**amounts).worth(traits)
        assert said.value >= 0
        assert said.reason
