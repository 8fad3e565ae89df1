"""The count that one sees is the list that one gets and the audience that is written to."""

import random
from types import SimpleNamespace

import pytest

from campaigns.models import Run
from campaigns.planning.audiences import audience
from profiles import segments
from profiles.models import Customer, Segment
from profiles.segments.builder import form, numbers, problems
from tests.faults.sizes import at_both_sizes
from tests.profiles import small_history
from tests.profiles.builder import random_rules
from tests.profiles.small_history import T

N_RULES = {False: 50, True: 200}  # in `make test`, in `make soak`


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield small_history.build(seed=23, n_customers=90)
        small_history.clear()


@pytest.mark.django_db
@pytest.mark.timeout(600)
class TestSizes:
    @at_both_sizes
    def test_count_list_and_audience_are_the_same_people(self, shop, is_full) -> None:
        dice, sizes = random.Random(35), []
        run = Run(as_of=T, known_at=None)
        for _n in range(N_RULES[is_full]):
            rule = random_rules.rule(dice)
            assert problems.problems(rule) == [], rule
            size = numbers.size(rule, T)
            content = SimpleNamespace(segment=SimpleNamespace(rule=rule))
            written_to = audience.choose(content, run)
            saved = segments.save("drawn", rule)
            segments.refresh(saved, T)
            listed = Customer.objects.filter(
                memberships__segment=saved, memberships__left_at=None
            )
            told = {size.n, listed.count(), len(written_to.customers)}
            assert len(told) == 1, rule
            assert size.n_all == len(shop.customers)
            sizes.append(size.n)
        assert sum(0 < n < len(shop.customers) for n in sizes) > len(sizes) / 3

    def test_the_sample_fits_and_is_no_larger_than_asked(
        self, shop, monkeypatch
    ) -> None:
        monkeypatch.setattr(numbers, "opened", _as_of(T))
        rule = {"is": "event_count", "type": "purchase"}
        fitting = set(segments.members(rule, T).tolist())
        assert len(fitting) > 10
        seen = [tuple(numbers.sample(rule, 10)) for _n in range(8)]
        assert all(len(set(some)) == 10 and set(some) <= fitting for some in seen)
        assert len(set(seen)) > 1

    def test_the_part_that_leaves_nobody_is_named(self, shop) -> None:
        never = {"is": "event_count", "type": "purchase", "at_least": 99_999}
        bought = {"is": "event_count", "type": "purchase"}
        not_bought = {"is": "event_count", "type": "purchase", "at_most": 0}
        words, alone = numbers.emptied_by({"all": [bought, {"all": [bought, never]}]})
        assert (words, alone) == (segments.describe(never).lower(), True)
        words, alone = numbers.emptied_by({"all": [bought, not_bought]})
        assert (words, alone) == (segments.describe(not_bought).lower(), False)
        assert numbers.emptied_by({"any": [never, never]}) is None

    def test_growth_is_as_of_each_week_and_goes_on_where_it_stopped(
        self, shop, monkeypatch
    ) -> None:
        monkeypatch.setattr(numbers, "now", lambda: T)
        rule = {"is": "event_count", "type": "purchase", "at_least": 2}
        assert all(n is None for _at, n in numbers.growth(rule, 0.0))
        points = numbers.growth(rule, 60.0)
        assert len(points) == numbers.WEEKS
        assert [n for _at, n in points] == [
            segments.count(rule, at) for at, _n in points
        ]
        assert points[-1][1] > points[0][1]
        assert numbers.growth(rule, 0.0) == points  # kept

    def test_overlaps_are_counted_by_hand(self, shop, monkeypatch) -> None:
        monkeypatch.setattr(numbers, "now", lambda: T)
        Segment.objects.exclude(name="regulars").delete()
        east = {"is": "trait", "key": "region", "in": ["east"]}
        n, found = numbers.overlaps(east, besides=None)
        regulars = Segment.objects.get(name="regulars")
        ours, theirs = (
            set(segments.members(rule, T).tolist()) for rule in (east, regulars.rule)
        )
        assert n == len(ours)
        assert [(one.n, one.n_both) for one in found] == [
            (len(theirs), len(ours & theirs))
        ]
        assert numbers.overlaps(east, besides=regulars.pk) == (n, [])


def _as_of(moment):
    from profiles.segments.membership import opened

    return lambda ready, _as_of, known_at: opened(ready, moment, known_at)


def test_what_is_drawn_holds_all_that_is_written() -> None:
    """Rows of a form, read back as the page reads them, are the rule."""
    dice = random.Random(5)
    for _n in range(200):
        rule = form.whole(random_rules.rule(dice))
        assert _read(form.rows(rule)) == rule


def _read(row: form.Row) -> object:
    if row.word:
        return {row.word: [_read(one) for one in row.rows]}
    if not row.key:
        return row.node
    return {"is": row.key, **_values(row.inputs)}


def _values(inputs) -> dict:
    told = {}
    for one in inputs:
        value = _values(one.inputs) if one.kind == "group" else one.value
        if value not in (None, {}):
            told[one.name] = value
            assert one.is_shown
    return told
