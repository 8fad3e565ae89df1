"""Filters by a trait offer the values that the shop's customers have, with their counts."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop():
    cache.clear()
    for lifecycle, rfm in (
        ("new", "512"),
        ("active", "543"),
        ("active", "544"),
        ("lapsed", "115"),
    ):
        make.make_portrait(
            make.make_customer(), lifecycle=lifecycle, rfm=rfm, group="Weekly families"
        )
    gone = make.make_customer(merged_into=make.make_customer())
    make.make_portrait(gone, lifecycle="new", rfm="512")


def offered(client, name: str, **asked: str) -> dict[str, str]:
    answer = client.get(reverse("admin:profiles_customer_changelist"), asked)
    spec = next(
        one
        for one in answer.context["cl"].filter_specs
        if getattr(one, "parameter_name", "") == name
    )
    return {str(key): str(words) for key, words in spec.lookup_choices}


def test_values_are_offered_with_the_count_that_choosing_them_gives(signed_in):
    assert list(offered(signed_in, "lifecycle")) == ["new", "active", "lapsed"], (
        "in the order of a customer's life"
    )
    for name in ("lifecycle", "rfm", "group"):
        for value, words in offered(signed_in, name).items():
            listed = signed_in.get(
                reverse("admin:profiles_customer_changelist"), {name: value}
            )
            assert words.endswith(f"({listed.context['cl'].result_count})"), words


def test_a_cell_is_said_in_words_and_one_from_elsewhere_stays_chosen(signed_in):
    assert offered(signed_in, "rfm") == {
        "54": "recency 5, frequency 4 (2)",
        "51": "recency 5, frequency 1 (1)",
        "11": "recency 1, frequency 1 (1)",
    }
    assert offered(signed_in, "rfm", rfm="543")["543"].startswith(
        "recency 5, frequency 4, money 3"
    )
