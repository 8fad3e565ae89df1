"""What every predicate promises, whichever is plugged in."""

import json
import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from profiles import segments
from profiles.segments.fields import Choice, Field, Group
from retention_site.lib import registry
from tests.profiles import small_history
from tests.profiles.small_history import SmallHistory, T

pytestmark = pytest.mark.django_db
LEAVES = [
    {"is": key, **example}
    for key, kind in registry.everything("predicates").items()
    for example in kind.examples
]
each_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=json.dumps)


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield small_history.build()
        small_history.clear()


def who(rule: dict[str, Any]) -> set[int]:
    return set(segments.members(rule, T).tolist())


def test_every_predicate_has_an_example() -> None:
    assert {leaf["is"] for leaf in LEAVES} == set(registry.keys("predicates"))


@each_leaf
def test_it_and_its_negation_split_the_customers_in_two(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    inside, outside = who(leaf), who({"none": [leaf]})
    assert inside | outside == shop.everybody
    assert not inside & outside


@each_leaf
def test_an_example_is_neither_everybody_nor_nobody(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    assert 0 < len(who(leaf)) < len(shop.everybody)


@each_leaf
def test_members_are_ascending_keys_of_customers(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    found = segments.members(leaf, T)
    assert found.dtype == np.int64
    assert (np.diff(found) > 0).all()


@each_leaf
def test_it_says_itself_in_words(leaf: dict[str, Any], shop: SmallHistory) -> None:
    words = segments.describe(leaf)
    assert len(words) > 5
    assert "None" not in words
    assert "(" not in words or ")" in words


@each_leaf
def test_it_says_itself_in_chinese_too(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    with override("zh-hans"):
        words = segments.describe(leaf).lower()
    assert re.search(r"[\u4e00-\u9fff]", words)
    said = re.findall(
        r"\w+", json.dumps(leaf, ensure_ascii=False).replace("_", " ").lower()
    )
    # an English word more: one has no translation
    assert not set(re.findall(r"[a-z]{3,}", words)) - set(said), words


@each_leaf
def test_one_customers_answer_is_everybodys(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    inside = who(leaf)
    for customer in [min(shop.everybody), max(shop.everybody), *list(inside)[:1]]:
        (reason,) = segments.explain(leaf, customer, T)
        assert reason.holds == (customer in inside)
        assert reason.words


@each_leaf
def test_asked_of_a_few_customers_it_gives_the_same_answer(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    some = sorted(shop.everybody)[::7]
    assert set(segments.fitting(leaf, some, T).tolist()) == who(leaf) & set(some)


def is_timeless(leaf: dict[str, Any]) -> bool:
    """Say whether a rule asks for what holds from ever: an attribute without a time."""
    of_portrait = leaf["is"] == "trait" and leaf["key"] in registry.keys("traits")
    asks_attribute = leaf["is"] in ("trait", "attribute") and not of_portrait
    return asks_attribute or leaf.get("of") == "birth_date"


TIMED = [leaf for leaf in LEAVES if not is_timeless(leaf)]


def test_only_attributes_hold_from_ever() -> None:
    assert {leaf["is"] for leaf in LEAVES} - {leaf["is"] for leaf in TIMED} == {
        "attribute"
    }


@pytest.mark.parametrize("leaf", TIMED, ids=json.dumps)
def test_the_future_does_not_leak(leaf: dict[str, Any], shop: SmallHistory) -> None:
    long_ago = T - timedelta(days=4000)
    everybody_then = set(segments.members({"all": []}, long_ago).tolist())
    assert set(segments.members(leaf, long_ago).tolist()) in (set(), everybody_then)


@pytest.mark.parametrize("key", registry.keys("predicates"))
def test_wrong_fields_are_refused_by_the_leafs_name(key: str) -> None:
    kind = registry.load("predicates", key)
    example = {"is": key, **kind.examples[0]}
    with pytest.raises(segments.BadRule, match=rf"all\[0\] {key} has no field"):
        segments.describe({"all": [{**example, "colour": "red"}]})
    for field in kind.fields:
        with pytest.raises(segments.BadRule, match=rf"all\[0\] {key}: {field.name}"):
            segments.describe({"all": [{**example, field.name: [{"deep": None}]}]})
        if field.is_required:
            with pytest.raises(
                segments.BadRule, match=rf"{key} needs the field {field.name}"
            ):
                segments.describe(
                    {
                        name: value
                        for name, value in example.items()
                        if name != field.name
                    }
                )


WORDS = st.sampled_from(
    [
        "purchase",
        "view",
        "east",
        "Bread",
        "Miller",
        "gold",
        "tier",
        "region",
        "email",
        "2",
        "north",
    ]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS | st.integers(-3, 60),
    "words": WORDS | st.lists(WORDS, min_size=1, max_size=3),
    "whole": st.integers(0, 12),
    "days": st.floats(0.25, 400),
    "number": st.floats(-5, 120) | st.integers(0, 5),
    "flag": st.booleans(),
}


def of_field(field: Field) -> st.SearchStrategy[Any]:
    """Draw a value that a field may take; what makes no sense is refused by the rule."""
    if isinstance(field, Choice):
        return st.sampled_from(sorted(field.options))
    if isinstance(field, Group):
        return st.fixed_dictionaries(
            {}, optional={one.name: of_field(one) for one in field.fields}
        )
    return VALUES[field.kind]


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    """Draw any predicate with any of its fields."""
    key = draw(
        st.sampled_from(
            [key for key in registry.keys("predicates") if key != "in_segment"]
        )
    )
    fields = registry.load("predicates", key).fields
    needed = {field.name: of_field(field) for field in fields if field.is_required}
    others = {field.name: of_field(field) for field in fields if not field.is_required}
    return {"is": key} | draw(st.fixed_dictionaries(needed, optional=others))


@given(leaf=leaves())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_everybody_is_on_one_side(
    leaf: dict[str, Any], shop: SmallHistory
) -> None:
    try:
        segments.describe(leaf)
    except segments.BadRule:
        reject()
    inside, outside = who(leaf), who({"none": [leaf]})
    assert inside | outside == shop.everybody
    assert not inside & outside


TREES = st.recursive(
    st.sampled_from([leaf for leaf in LEAVES if leaf["is"] != "in_segment"]),
    lambda inner: st.builds(
        lambda word, nodes: {word: nodes},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


@given(rule=TREES)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_tree_is_the_sets_of_its_leaves(
    rule: dict[str, Any], shop: SmallHistory
) -> None:
    known: dict[str, set[int]] = {}

    def expected(node: dict[str, Any]) -> set[int]:
        word = next((word for word in ("all", "any", "none") if word in node), None)
        if word is None:
            return known.setdefault(json.dumps(node), who(node))
        sets = [expected(inner) for inner in node[word]]
        if word == "all":
            return set.intersection(shop.everybody, *sets)
        return (
            set.union(set(), *sets)
            if word == "any"
            else shop.everybody - set.union(set(), *sets)
        )

    assert who(rule) == expected(rule)
