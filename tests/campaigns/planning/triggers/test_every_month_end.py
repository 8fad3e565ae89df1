"""Birthdays are kept on odd days too: month ends, 29 February, changes of clocks.

The whole suite runs on such a day by RAPPORT_TEST_CLOCK (tests/surroundings.py).
"""

from calendar import monthrange

import pytest

from tests.sending import local_sinks, shop  # noqa: F401

from ..test_recipes import approved, birthday, people, wrote_once  # noqa: F401

MONTH_ENDS = [
    f"2027-{month:02}-{monthrange(2027, month)[1]}T12:00Z" for month in range(1, 13)
]
ODD = [
    "2028-02-28T12:00Z",
    "2028-02-29T12:00Z",
    "2028-03-01T12:00Z",
    "2027-12-31T23:30Z",  # in Berlin it is next year already
    "2027-03-28T01:05Z",  # 03:05: an hour was left out
    "2027-10-31T00:30Z",  # 02:30 for the first time
    "2027-10-31T01:30Z",  # 02:30 for the second time
]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("moment", MONTH_ENDS + ODD)
def test_who_has_a_birthday_today_is_written_to_and_nobody_else(
    settings,
    people,  # noqa: F811
    moment,
):
    settings.SHOP_CLOCK, settings.SHOP_TIME_ZONE = (
        moment.replace("Z", "+00:00"),
        "Europe/Berlin",
    )
    approved("birthday")
    birthday(*people)
    assert wrote_once(*people)
