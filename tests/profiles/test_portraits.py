"""A portrait says what happened, as of a time, with its evidence."""

import json
import re
from datetime import datetime, timedelta

import numpy as np
import pytest

from profiles import history, segments
from profiles.models import Customer
from profiles.portraits import group_names, groups, refresh
from profiles.portraits.purchase_facts import facts_of
from profiles.portraits.store import ScoreRow, portrait_of, write_scores, write_traits
from retention_site.lib import registry
from tests import factories
from tests.factories import make_event, make_item

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.fromisoformat("2024-06-28T12:00+00:00")


def make_customer(**facts):
    return factories.make_customer(signed_up_at=NOW - timedelta(days=400), **facts)


@pytest.fixture(autouse=True)
def own_history(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


@pytest.fixture
def weekly():
    """A customer who came every seventh day, eight times, the last time a week ago."""
    customer = make_customer(time_zone="Asia/Tokyo")
    bread = make_item(category="Bakery > Bread", brand="Mill")
    for week in range(1, 9):
        at = NOW - timedelta(weeks=week)
        make_event(
            customer,
            at=at,
            item_id=bread.external_id,
            order_id=f"o{week}",
            quantity=2,
            price=5,
            discount=2.5,
        )
    return customer


def drawn(customer, as_of=NOW):
    """The portrait of one customer as key → (value, evidence)."""
    history.refresh()
    refresh.refresh(as_of)
    customer.refresh_from_db()
    return {line.key: (line.value, line.evidence) for line in portrait_of(customer)}


def test_it_tells_habits(weekly):
    portrait = drawn(weekly)
    assert portrait["recency_days"] == (7.0, 8)
    assert portrait["n_orders"] == (8, 8)
    assert portrait["spend"] == (80.0, 8)
    assert portrait["basket"] == (10.0, 8)
    assert portrait["interval_days"] == (7.0, 7)
    assert portrait["due_in_days"] == (0.0, 7)
    assert portrait["lifecycle"][0] == "active"
    assert portrait["favourite_category"][0] == "Bakery > Bread"
    assert portrait["favourite_category_share"][0] == 1.0
    assert portrait["favourite_brand"][0] == "Mill"


def test_usual_time_is_in_the_customers_own_zone(weekly):
    # noon UTC on Fridays is 21:00 in Tokyo
    assert drawn(weekly)["active_slot"] == ("weekday 20–24", 8)


def test_price_sensitivity_is_discount_depth_pulled_to_the_shop(weekly):
    full_price = make_customer()
    make_event(
        full_price,
        at=NOW - timedelta(days=3),
        order_id="x",
        quantity=1,
        price=10,
        discount=0,
    )
    saver, payer = (
        drawn(weekly)["price_sensitivity"][0],
        drawn(full_price)["price_sensitivity"][0],
    )
    shop = 20 / 110  # discounts over prices before them
    assert payer < shop < saver < 0.2
    order = 110 / 9
    assert payer == pytest.approx((0 + shop * 5 * order) / (10 + 5 * order))


def test_the_future_is_not_in_it(weekly):
    before = drawn(weekly, NOW - timedelta(days=10))
    make_event(
        weekly, at=NOW - timedelta(days=1), order_id="later", quantity=1, price=999
    )
    assert drawn(weekly, NOW - timedelta(days=10)) == before
    assert drawn(weekly)["spend"][0] == 80 + 999


def test_without_orders_there_is_no_value(weekly):
    assert drawn(make_customer()) == {}


def test_a_trait_that_is_no_longer_known_goes_and_those_handed_in_stay(weekly):
    assert "interval_days" in drawn(weekly)
    write_traits("interests", [(weekly.pk, "baking", 3)], NOW)
    early = drawn(weekly, NOW - timedelta(weeks=7, days=1))
    assert "interval_days" not in early
    assert early["interests"] == ("baking", 3)


def answer(customer, campaign, channel, *kinds, days=9):
    """Tell of a message of a campaign, and what became of it."""
    at, properties = (
        NOW - timedelta(days=days),
        {"channel": channel, "message": f"{campaign}-{customer.pk}"},
    )
    for kind in ("message_sent", *kinds):
        make_event(customer, kind, at=at, campaign_id=campaign, properties=properties)


def test_channels_are_compared_by_their_answers(weekly):
    others = [make_customer() for _ in range(12)]
    for n, other in enumerate(others):
        for campaign in ("a", "b", "c"):
            answer(
                other,
                campaign,
                "email",
                *(["message_opened", "message_clicked"] if n % 4 == 0 else []),
            )
            answer(
                other,
                f"{campaign}2",
                "sms",
                *(["message_clicked"] if n % 2 == 0 else []),
            )
    answer(weekly, "a", "email")
    answer(weekly, "b", "sms")
    answer(weekly, "old", "sms", "message_clicked", days=400)
    make_event(
        weekly,
        "coupon_redeemed",
        at=NOW - timedelta(days=2),
        campaign_id="b",
        coupon_code="B",
    )
    portrait = drawn(weekly)
    # the coupon of its campaign was redeemed
    assert portrait["best_channel"] == ("sms", 1)
    assert portrait["email_response"][1] == portrait["sms_response"][1] == 1
    # no answer, yet pulled towards the channel's own share
    assert 0 < portrait["email_response"][0] < 9 / 37
    assert 19 / 37 < portrait["sms_response"][0] < 1
    assert "push_response" not in portrait
    assert drawn(others[0])["email_response"][0] > 0.5
    assert drawn(others[0])["best_channel"][1] == 3


def test_fatigue_grows_with_what_stays_without_an_answer_and_fades(weekly):
    """By the definition: (1 - (a + p 5) / (s + 5)) (1 - 2^(-s/4)), halved a month."""
    tired, keen, few = make_customer(), make_customer(), make_customer()
    for n in range(12):
        answer(tired, f"m{n}", "email", days=30)
        answer(keen, f"m{n}", "sms", "message_clicked", days=30)
    answer(few, "m0", "push", days=30)
    answer(few, "long ago", "push", days=200)
    values = {one: drawn(one)["fatigue"] for one in (tired, keen, few)}
    shop = 6 / 12.5
    silent = 1 - (0 + shop * 5) / (6 + 5)
    assert values[tired] == (pytest.approx(silent * (1 - 2 ** (-6 / 4))), 12)
    one = (1 - shop * 5 / 5.5) * (1 - 2 ** (-0.5 / 4))
    assert values[few] == (pytest.approx(one), 1)
    assert values[keen][0] < values[tired][0] / 2
    assert "fatigue" not in drawn(weekly), "who got nothing is not tired, nor rested"
    assert drawn(tired, NOW + timedelta(days=90))["fatigue"][0] < 0.3
    assert "fatigue" not in drawn(tired, NOW - timedelta(days=31))


def test_the_tired_are_chosen_by_a_rule_as_of_any_day(weekly):
    tired, fresh = make_customer(), make_customer()
    for n in range(12):
        answer(tired, f"m{n}", "email", days=10)
    answer(fresh, "m0", "email", "message_opened", days=10)
    history.refresh()
    rule = {"is": "trait", "key": "fatigue", "at_least": 0.5}
    assert segments.members(rule, NOW).tolist() == [tired.pk]
    assert segments.members(rule, NOW - timedelta(days=11)).tolist() == []
    assert tired.pk not in segments.members({"none": [rule]}, NOW)


def test_language_is_the_one_named_or_the_usual_one_of_the_country():
    for _ in range(9):
        make_customer(country="DE", language="de-DE")
    named, silent, elsewhere = (
        make_customer(country="DE", language="fr"),
        make_customer(country="DE"),
        make_customer(country="CH"),
    )
    assert "speaks" not in drawn(silent)  # nine are too few to speak for the others
    make_customer(country="DE", language="de")
    assert drawn(named)["speaks"] == ("fr", 1)
    assert drawn(silent)["speaks"] == ("de", 10)
    assert "speaks" not in drawn(elsewhere)


def test_the_due_day_is_the_last_order_and_the_usual_interval(weekly):
    assert drawn(weekly)["due_on"] == ("2024-06-28", 7)
    assert drawn(weekly, NOW - timedelta(days=5))["due_on"] == ("2024-06-28", 7)


def scans_of_events(connection, statement):
    """How often the plan of a statement reads the files of events: only they have the
    column ``type``.
    """
    plan = json.loads(
        connection.execute(f"EXPLAIN (FORMAT json) {statement}").fetchone()[1]
    )

    def count(node):
        reads = node["name"].strip() == "READ_PARQUET" and "type" in str(
            node["extra_info"]
        )
        below = [count(child) for child in node["children"]]
        # finished months and those that are still written are files apart, read once
        is_of_months = node["name"].strip() == "UNION"
        return reads + (max(below, default=0) if is_of_months else sum(below))

    return sum(count(node) for node in plan)


def test_all_traits_come_from_three_scans_of_the_events(weekly):
    # a kind of event that nobody did needs no scan
    make_event(weekly, "message_sent", at=NOW - timedelta(days=3))
    history.refresh()
    tables = history.tables(as_of=NOW)
    tables.connection.execute("CALL enable_logging('QueryLog')")
    try:
        refresh.draw(facts_of(tables, NOW, "UTC"), refresh.traits())
        said = tables.connection.execute(
            "SELECT message FROM duckdb_logs WHERE type = 'QueryLog'"
        ).fetchall()
    finally:
        tables.connection.execute("CALL disable_logging()")
    statements = [
        one
        for (one,) in said
        if re.match(r"\s*(CREATE|SELECT|WITH)\b", one, re.IGNORECASE)
    ]
    assert len(statements) > len(refresh.traits())
    assert sum(scans_of_events(tables.connection, one) for one in statements) == 3
    assert (
        scans_of_events(
            tables.connection,
            "SELECT one.type FROM events one JOIN events other USING (type)",
        )
        == 2
    )


def test_scores_are_replaced_and_keep_their_reasons(weekly):
    write_scores(
        "purchase", 30, [ScoreRow(weekly.pk, 0.2, ["long away"])], model="m1", as_of=NOW
    )
    write_scores(
        "purchase",
        30,
        [ScoreRow(weekly.pk, 0.7, ["comes weekly"])],
        model="m2",
        as_of=NOW,
    )
    score = weekly.scores.get()
    assert (score.value, score.reasons, score.model) == (0.7, ["comes weekly"], "m2")
    assert weekly.past_scores.get().value == 0.7  # of the same moment


def test_what_is_handed_in_keeps_its_own_moment_and_meaning(weekly):
    drawn(weekly)
    early = NOW - timedelta(days=3)
    write_traits("group", [(weekly.pk, 'A \\ "B"\n', 3)], early)
    lines = {line.key: line for line in portrait_of(Customer.objects.get(pk=weekly.pk))}
    assert (lines["group"].value, lines["group"].as_of) == ('A \\ "B"\n', early)
    assert "similar buyers" in lines["group"].definition
    assert lines["spend"].as_of == NOW
    with pytest.raises(registry.UnknownPlugin, match="given_traits has no 'colour'"):
        write_traits("colour", [(weekly.pk, "red", 1)], NOW)


def test_every_trait_says_what_it_means():
    for trait in refresh.traits():
        assert str(trait.title)
        assert len(str(trait.definition)) > 20
    assert len({trait.key for trait in refresh.traits()}) == len(refresh.traits())


def group_of(customer):
    return {
        line.key: line.value
        for line in portrait_of(Customer.objects.get(pk=customer.pk))
    }["group"]


def test_groups_are_named_kept_and_given_to_newcomers(settings, tmp_path):
    from profiles.models import CustomerGroup
    from profiles.portraits import groups

    settings.MODEL_DIR = tmp_path / "models"
    rng = np.random.default_rng(1)
    # orders, basket, days since the last
    kinds = ((2, 3.0, 200), (12, 10.0, 40), (40, 60.0, 2))
    customers = [[make_customer() for _ in range(8)] for _kind in kinds]
    for (n_orders, basket, last), members in zip(kinds, customers, strict=True):
        for customer in members:
            for order in range(n_orders):
                at = NOW - timedelta(days=last + order * 3, hours=int(rng.integers(12)))
                make_event(
                    customer,
                    at=at,
                    order_id=f"{customer.pk}-{order}",
                    quantity=1,
                    price=basket,
                )
    history.refresh()
    fitted = groups.fit(NOW)
    assert fitted["k"] == 3
    assert fitted["stability"] > 0.9
    assert [group["customers"] for group in fitted["groups"]] == [8, 8, 8]
    names = [group_of(members[0]) for members in customers]
    assert set(names) == {group["name"] for group in fitted["groups"]}
    assert len(set(names)) == 3
    newcomer = make_customer()
    for order in range(38):
        make_event(
            newcomer,
            at=NOW - timedelta(days=2 + order * 3),
            order_id=f"n{order}",
            quantity=1,
            price=58,
        )
    history.refresh()
    assert groups.assign(NOW) == 25
    assert group_of(newcomer) == names[2]
    assert set(
        CustomerGroup.objects.filter(is_current=True).values_list("name", flat=True)
    ) == set(names)


@pytest.mark.parametrize("seed", range(30))
def test_no_two_groups_say_the_same_in_another_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(8), 40)
    values = rng.normal(size=(8, 5))[labels] * rng.choice(
        [0.05, 1.0, 3.0]
    ) + rng.normal(size=(320, 5))
    found = group_names.names(values, labels, groups.DESCRIBED_BY)
    said = [frozenset(name.lower().split(", ")) for name in found]
    assert len(set(said)) == len(found) == 8, found


def test_the_twins_of_a_real_shop_bear_names_of_their_own() -> None:
    """Frequent and high spend, the one led by this, the other by that."""
    features = groups.DESCRIBED_BY
    taken: list[str] = []
    for words in (
        ["high spend", "frequent", "large baskets"],
        ["frequent", "high spend"],
        ["frequent", "high spend"],
    ):
        taken.append(group_names._unused(words, taken))
    assert taken == [
        "High spend, frequent",
        "Frequent, high spend (2)",
        "Frequent, high spend (3)",
    ]
    assert len(features) == 5
