"""A list was made last night; what its reader did since counts all the same."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from campaigns.planning.message_context import load
from profiles.models import Customer, Event, Item
from recommender.lists.arrangement import bought_today
from recommender.matrices.interaction_matrix import Interactions
from recommender.models import RecommendationList
from recommender.serving import calendar_days, lists_for, shown_to
from retention_site.lib import clock
from tests.factories import make_customer, make_item, make_portrait

pytestmark = pytest.mark.django_db
IDS = [f"i{n}" for n in range(6)]


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def ada(now) -> Customer:
    """A list of six, made ten hours ago, for a customer in New York."""
    for item in IDS:
        make_item(external_id=item, title=f"Thing {item}")
    customer = make_customer(time_zone="America/New_York")
    for mode in ("all", "repeat", "discover"):
        entries = [
            {
                "item_id": item,
                "score": 1.0,
                "engine": "ease",
                "why": {"kind": "popular"},
            }
            for item in IDS
        ]
        RecommendationList.objects.create(
            customer=customer,
            mode=mode,
            items=entries,
            model="m",
            as_of=now - timedelta(hours=10),
        )
    return customer


def did(
    customer: Customer, what: str, item: str, at: datetime, quantity: int = 1
) -> None:
    Event.objects.create(
        key=uuid.uuid4(),
        customer=customer,
        type=what,
        at=at,
        item_id=item,
        order_id=f"o{at:%m%d}",
        quantity=quantity,
        price=Decimal(2),
        currency="USD",
    )


def ids(customer: Customer, mode: str = "all", k: int = 6) -> list[str]:
    return [one.item_id for one in lists_for([customer.pk], mode, k)[customer.pk]]


@pytest.mark.parametrize("mode", ["all", "discover", "repeat"])
def test_what_was_bought_since_is_left_out(ada, now, mode):
    did(ada, "purchase", "i0", now - timedelta(minutes=5))
    assert "i0" not in ids(ada, mode)
    assert ids(ada, mode)[:5] == IDS[1:]


def test_what_was_bought_today_is_left_out_even_by_a_list_of_this_minute(ada, now):
    RecommendationList.objects.update(as_of=now)
    midnight = now.astimezone(ZoneInfo("America/New_York")).replace(
        hour=0, minute=0, second=1
    )
    did(ada, "purchase", "i0", max(midnight, now - timedelta(minutes=1)))
    assert "i0" not in ids(ada)
    did(ada, "purchase", "i1", midnight - timedelta(hours=1))
    assert "i1" in ids(ada)


def test_who_buys_it_every_day_is_offered_it_today_too(ada, now):
    for day in range(8):
        did(ada, "purchase", "i0", now - timedelta(days=day, minutes=1))
    assert ids(ada)[0] == "i0"


@pytest.mark.parametrize("mode", ["all", "discover", "repeat"])
def test_what_went_back_is_not_offered_again(ada, now, mode):
    did(ada, "purchase", "i0", now - timedelta(days=40), 3)
    did(ada, "return", "i0", now - timedelta(days=39), 3)
    assert "i0" not in ids(ada, mode)
    did(ada, "purchase", "i1", now - timedelta(days=40), 3)
    did(ada, "return", "i1", now - timedelta(days=39), 1)
    assert mode != "all" or "i1" in ids(ada, mode)


def test_what_was_looked_at_comes_first_and_what_is_new_joins(ada, now):
    make_item(external_id="seen", title="Seen")
    did(ada, "view", "i4", now - timedelta(hours=2))
    did(ada, "cart", "i5", now - timedelta(hours=1))
    did(ada, "view", "seen", now - timedelta(minutes=3))
    did(ada, "view", "i3", now - timedelta(days=30))
    found = lists_for([ada.pk], "all", 6)[ada.pk]
    assert [one.item_id for one in found] == ["seen", "i5", "i4", "i0", "i1", "i2"]
    assert found[0].reason == "looked at lately"
    did(ada, "purchase", "i5", now - timedelta(minutes=1))
    assert ids(ada)[:2] == ["seen", "i4"]


def test_a_reason_is_true_on_the_day_it_is_read(ada, now):
    zone = ZoneInfo("America/New_York")
    entry = {
        "item_id": "i0",
        "score": 1.0,
        "engine": "personal",
        "why": {"kind": "again", "n": 1, "days": 0},
    }
    RecommendationList.objects.filter(mode="all").update(items=[entry])
    bought = now - timedelta(days=3)
    did(ada, "purchase", "i0", bought)
    did(ada, "purchase", "i0", bought - timedelta(days=2))
    days = calendar_days(bought, now, zone)
    (found,) = lists_for([ada.pk], "all", 1)[ada.pk]
    assert found.reason == f"bought 2 times, last {days} days ago"
    make_portrait(ada, recency_days=9.0, interval_days=4.0)
    assert load([ada.pk], now)[ada.pk].visits.days_since_last == days


@pytest.mark.parametrize(
    ("at", "zone", "days"),
    [
        ("2024-03-10T04:59Z", "America/New_York", 1),  # 23:59 the day before
        ("2024-03-10T05:01Z", "America/New_York", 0),
        ("2024-03-09T15:30Z", "Asia/Tokyo", 1),
        ("2024-03-09T14:30Z", "Asia/Tokyo", 2),
        ("2024-03-12T00:00Z", "UTC", 0),  # not before: a clock that runs ahead
    ],
)
def test_days_are_those_of_the_calendar(at, zone, days):
    now = datetime(2024, 3, 10, 16, tzinfo=UTC)
    assert calendar_days(datetime.fromisoformat(at), now, ZoneInfo(zone)) == days


@pytest.mark.parametrize("mode", ["all", "discover"])
def test_what_is_never_recommended_is_in_no_list_stored_or_not(ada, now, mode):
    Item.objects.filter(external_id="i0").update(never_recommend=True)
    did(ada, "view", "i0", now - timedelta(hours=1))
    assert "i0" not in ids(ada, mode, 20)
    assert "i0" not in [one.item_id for one in shown_to(ada.pk, mode, 20)]
    stranger = make_customer()
    did(stranger, "view", "i0", now - timedelta(hours=1))
    assert "i0" not in ids(stranger, mode, 20)
    Item.objects.filter(external_id="i0").update(never_recommend=False)
    assert "i0" in ids(ada, mode, 20)


def test_few_queries_however_many(
    ada, now, django_assert_num_queries, django_assert_max_num_queries
):
    strangers = [make_customer() for _n in range(5)]
    for one in [ada, *strangers]:
        did(one, "purchase", "i1", now - timedelta(days=3))
        did(one, "view", "i2", now - timedelta(hours=3))
    everybody = [ada.pk, *(one.pk for one in strangers)]
    lists_for(everybody)  # what sells best is looked up once an hour
    with django_assert_num_queries(4):
        lists_for([ada.pk], "all", 5)
    with django_assert_num_queries(4):
        lists_for(everybody, "repeat")
    with django_assert_max_num_queries(6):
        lists_for(everybody, "all", 5)


def test_lists_made_today_leave_out_what_was_bought_today() -> None:
    ages = [0.2, 30.0, *(day + 0.1 for day in range(6)), 1.3]
    items = [0, 0, *[1] * 6, 2]
    past = Interactions.from_columns(
        [7], 4, customer=[0] * len(items), item=items, age_days=ages
    )
    shut = bought_today(past, 0.5)
    # 1 is bought daily, 2 was bought yesterday
    assert shut.tolist() == [[True, False, False, False]]
    assert bought_today(past, 0.05) is None
