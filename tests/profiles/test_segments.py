"""Segments: the right customers, against a check by brute force."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from profiles import segments
from profiles.models import Customer
from tests.profiles import small_history
from tests.profiles.small_history import Fact, SmallHistory, T


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield small_history.build(seed=11)
        small_history.clear()


class TestAgainstBruteForce:
    pytestmark = pytest.mark.django_db

    def counted(self, shop: SmallHistory, test: Callable[[Fact], bool]) -> Counter[int]:
        told = [fact for fact in shop.facts if fact.type != "purchase"] + shop.kept()
        return Counter(fact.customer for fact in told if test(fact))

    def who(self, rule: dict, **moments) -> set[int]:
        return set(segments.members(rule, moments.get("as_of", T)).tolist())

    @pytest.mark.parametrize("days", [10, 60.5, 400])
    @pytest.mark.parametrize("n", [1, 2, 5])
    def test_event_count(self, shop: SmallHistory, days: float, n: int) -> None:
        rule = {
            "is": "event_count",
            "type": "purchase",
            "at_least": n,
            "within_days": days,
        }
        counts = self.counted(
            shop, lambda f: f.type == "purchase" and f.at >= T - timedelta(days=days)
        )
        assert self.who(rule) == {who for who, count in counts.items() if count >= n}

    def test_at_most_counts_those_who_never_did(self, shop: SmallHistory) -> None:
        rule = {"is": "event_count", "type": ["view", "cart"], "at_most": 1}
        counts = self.counted(shop, lambda f: f.type in ("view", "cart"))
        assert self.who(rule) == {who for who in shop.everybody if counts[who] <= 1}

    def test_a_category_is_met_by_any_of_its_levels(self, shop: SmallHistory) -> None:
        for wanted, fits in (
            ("bread", "Bread"),
            ("Bakery > Cake", "Cake"),
            ("BAKERY", "Bakery"),
        ):
            rule = {
                "is": "event_count",
                "type": "purchase",
                "item": {"category": wanted},
            }
            counts = self.counted(
                shop, lambda f, fits=fits: f.type == "purchase" and fits in f.category
            )
            assert self.who(rule) == set(counts)
            assert counts

    def test_brand_and_price_of_the_item(self, shop: SmallHistory) -> None:
        rule = {
            "is": "event_count",
            "type": "view",
            "item": {"brand": ["Miller", "Oatly"], "price_at_most": 2},
        }
        counts = self.counted(
            shop,
            lambda f: (
                f.type == "view"
                and f.brand != ""
                and f.item_price is not None
                and f.item_price <= 2
            ),
        )
        assert self.who(rule) == set(counts)

    def test_properties(self, shop: SmallHistory) -> None:
        rule = {
            "is": "event_count",
            "type": "purchase",
            "properties": {"store": "north"},
        }
        assert self.who(rule) == set(
            self.counted(
                shop,
                lambda f: f.type == "purchase" and f.properties.get("store") == "north",
            )
        )

    def test_orders_and_days(self, shop: SmallHistory) -> None:
        orders, days = defaultdict(set), defaultdict(set)
        for fact in shop.kept():
            orders[fact.customer].add(fact.order or fact.at)
            days[fact.customer].add(fact.at.date())
        rule = {
            "is": "event_count",
            "type": "purchase",
            "at_least": 2,
            "at_most": 4,
            "count": "orders",
        }
        assert self.who(rule) == {
            who for who, some in orders.items() if 2 <= len(some) <= 4
        }
        rule = {"is": "event_count", "type": "purchase", "at_least": 3, "count": "days"}
        assert self.who(rule) == {who for who, some in days.items() if len(some) >= 3}

    @pytest.mark.parametrize(
        "bounds", [{"at_least": 50}, {"at_most": 30}, {"at_least": 10, "at_most": 90}]
    )
    def test_event_sum(self, shop: SmallHistory, bounds: dict) -> None:
        sums: dict[int, float] = defaultdict(float)
        for line in shop.sales():
            sums[line.customer] += line.revenue
        low, high = (
            bounds.get("at_least", float("-inf")),
            bounds.get("at_most", float("inf")),
        )
        expected = {who for who in shop.everybody if low <= round(sums[who], 6) <= high}
        # what came back is taken off once, named or not
        for types in ("purchase", ["purchase", "return"]):
            assert self.who({"is": "event_sum", "type": types, **bounds}) == expected
        for fact in shop.facts:
            sums[fact.customer] -= (
                fact.revenue if fact.type in ("purchase", "return") else 0
            )
        # all money is there: purchases less returns
        assert max(map(abs, sums.values())) < 1e-6

    def test_last_and_first(self, shop: SmallHistory) -> None:
        times = defaultdict(list)
        for fact in shop.kept():
            times[fact.customer].append(fact.at)
        line = T - timedelta(days=40)
        last = {"is": "last_event", "type": "purchase", "more_than_days_ago": 40}
        first = {"is": "first_event", "type": "purchase", "at_most_days_ago": 40}
        assert self.who(last) == {
            who for who, some in times.items() if max(some) < line
        }
        assert self.who(first) == {
            who for who, some in times.items() if min(some) >= line
        }

    def test_traits_of_every_origin(self, shop: SmallHistory) -> None:
        def those(test: Callable[[Customer], bool]) -> set[int]:
            return {pk for pk, one in shop.customers.items() if test(one)}

        assert self.who({"is": "trait", "key": "region", "in": ["east"]}) == those(
            lambda c: c.region == "east"
        )
        assert self.who({"is": "trait", "key": "tier", "equals": "gold"}) == those(
            lambda c: c.traits.get("tier") == "gold"
        )
        assert self.who({"is": "trait", "key": "visits", "at_least": 3}) == those(
            lambda c: c.traits.get("visits") == "4"
        )
        assert self.who({"is": "trait", "key": "visits", "in": [2]}) == those(
            lambda c: c.traits.get("visits") == 2
        )
        assert self.who({"is": "trait", "key": "visits", "is_set": True}) == those(
            lambda c: "visits" in c.traits
        )
        born = {"is": "trait", "key": "birth_date", "below": "1980-01-01"}
        assert self.who(born) == those(lambda c: str(c.birth_date or "9") < "1980")
        assert self.who({"is": "trait", "key": "email", "contains": "SHOP"}) == those(
            lambda c: c.email != ""
        )

    def test_a_computed_trait_is_of_the_moment_that_is_asked_for(
        self, shop: SmallHistory
    ) -> None:
        """The stored portraits are younger than this moment: they are drawn anew, from
        what had happened by then.
        """
        moment = T - timedelta(days=50)
        kept = {(fact.customer, fact.order or fact.at) for fact in shop.kept(moment)}
        # an order is of the moment of its first line
        orders: dict[tuple, datetime] = {}
        for fact in shop.facts:
            order = (fact.customer, fact.order or fact.at)
            if fact.type == "purchase" and fact.at < moment and order in kept:
                orders[order] = min(fact.at, orders.get(order, fact.at))
        last = {
            who: max(at for (other, _order), at in orders.items() if other == who)
            for who, _order in orders
        }
        rule = {"is": "trait", "key": "recency_days", "above": 30}
        expected = {who for who, at in last.items() if at < moment - timedelta(days=30)}
        assert expected
        assert self.who(rule, as_of=moment) == expected

    @pytest.mark.parametrize("days", [3, 30])
    def test_sequence(self, shop: SmallHistory, days: float) -> None:
        firsts, thens = defaultdict(set), defaultdict(set)
        for fact in shop.facts:
            (firsts if fact.type == "view" else thens)[fact.customer].add(fact.at)
            if fact.type != "purchase":
                thens[fact.customer].discard(fact.at)
        span = timedelta(days=days)

        def follows(who: int, at: datetime) -> bool:
            return any(at < later <= at + span for later in thens[who])

        rule = {
            "is": "sequence",
            "first": {"type": "view"},
            "then": {"type": "purchase"},
            "within_days": days,
        }
        assert self.who(rule) == {
            who for who, some in firsts.items() if any(follows(who, at) for at in some)
        }
        waited = {
            who
            for who, some in firsts.items()
            if any(at + span <= T and not follows(who, at) for at in some)
        }
        assert self.who({**rule, "happens": False}) == waited

    def test_lines_of_one_moment_do_not_follow_each_other(
        self, shop: SmallHistory
    ) -> None:
        same = {"type": "purchase"}
        rule = {"is": "sequence", "first": same, "then": same, "within_days": 4000}
        moments = defaultdict(set)
        for fact in shop.facts:
            if fact.type == "purchase":
                moments[fact.customer].add(fact.at)
        assert self.who(rule) == {who for who, some in moments.items() if len(some) > 1}

    def test_compared_with_the_average(self, shop: SmallHistory) -> None:
        sums: dict[int, float] = defaultdict(float)
        for line in shop.sales():
            sums[line.customer] += line.revenue
        line = 1.5 * sum(sums.values()) / len(sums)
        rule = {"is": "compared", "type": "purchase", "at_least": 1.5}
        assert self.who(rule) == {who for who, total in sums.items() if total >= line}

    def test_compared_in_standard_deviations(self, shop: SmallHistory) -> None:
        sums: dict[int, float] = defaultdict(float)
        for line in shop.sales():
            sums[line.customer] += line.revenue
        mean, deviation = (
            statistics.mean(sums.values()),
            statistics.stdev(sums.values()),
        )
        rule = {
            "is": "compared",
            "type": "purchase",
            "distance": "deviations",
            "at_most": -0.5,
        }
        assert self.who(rule) == {
            who for who, total in sums.items() if (total - mean) / deviation <= -0.5
        }

    def test_who_came_and_went_between_two_days(self, shop: SmallHistory) -> None:
        rule = {"is": "event_count", "type": "purchase", "within_days": 20}
        since = T - timedelta(days=30)
        before, after = self.who(rule, as_of=since), self.who(rule)
        found = segments.changes(rule, since, T)
        assert (found.n_before, found.n_after) == (len(before), len(after))
        assert set(found.joined.tolist()) == after - before != set()
        assert set(found.left.tolist()) == before - after != set()

    def test_why(self, shop: SmallHistory) -> None:
        rule = {
            "all": [
                {"is": "event_count", "type": "purchase", "at_least": 2},
                {"none": [{"is": "trait", "key": "region", "in": ["east"]}]},
            ]
        }
        counts = self.counted(shop, lambda f: f.type == "purchase")
        for pk, customer in list(shop.customers.items())[:15]:
            bought, region = segments.explain(rule, pk, T)
            assert (bought.place, region.place) == ("all[0]", "all[1].none[0]")
            assert (bought.holds, bought.value or 0) == (counts[pk] >= 2, counts[pk])
            assert (region.holds, region.value or "") == (
                customer.region == "east",
                customer.region,
            )
