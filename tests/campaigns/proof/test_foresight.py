"""What an experiment could see, said before it starts."""

from datetime import timedelta

import numpy as np
import pytest

from campaigns.proof.power_planning import Foresight, Suggestion, foresee, suggest
from campaigns.stats.forecasts.power import smallest_detectable_effect
from retention_site.lib.clock import now
from tests.campaigns.proof.conftest import DAYS, N_CUSTOMERS

SPLIT = {"control": 0.25, "message": 0.75}


def test_smallest_effect_comes_from_what_these_customers_did_lately(db, shop):
    audience = np.array([one.pk for one in shop.customers])
    (seen,) = foresee(
        audience,
        SPLIT,
        ["revenue"],
        days=DAYS,
        as_of=shop.launched_at + timedelta(days=DAYS),
    )
    spent = np.array([float(shop.spent.get(pk, 0)) for pk in audience])
    assert (seen.arm, seen.n_control, seen.n_treated) == ("message", 100, 300)
    assert seen.mean == pytest.approx(spent.mean(), rel=1e-6)
    expected = smallest_detectable_effect(
        spent.var(ddof=1), n_control=100, n_treated=300
    )
    assert seen.smallest == pytest.approx(expected, rel=1e-6)
    assert seen.smallest_with_past < 0.9 * seen.smallest
    assert seen.relative == pytest.approx(seen.smallest / seen.mean)


def test_larger_audiences_see_smaller_effects(db, shop):
    audience = np.array([one.pk for one in shop.customers])
    few, many = (
        foresee(audience[:n], SPLIT, ["revenue"], days=DAYS, as_of=now())[0]
        for n in (100, N_CUSTOMERS)
    )
    assert many.smallest < few.smallest


def test_nobody_sees_nothing(db):
    assert (
        foresee(
            np.array([], dtype=np.int64), SPLIT, ["revenue"], days=DAYS, as_of=now()
        )
        == []
    )


def test_the_smallest_control_group_that_sees_enough_is_suggested():
    def seen(n, mean=10.0, deviation=20.0, share=0.2):
        smallest = smallest_detectable_effect(
            deviation**2, n_control=round(share * n), n_treated=round((1 - share) * n)
        )
        return Foresight(
            "revenue",
            "mail",
            round(share * n),
            round((1 - share) * n),
            mean,
            smallest,
            smallest,
        )

    for n in (15_000, 60_000, 400_000):
        found = suggest(seen(n))
        check = smallest_detectable_effect(
            20.0**2,
            n_control=round(found.holdout * n),
            n_treated=round((1 - found.holdout) * n),
        )
        assert found.is_enough
        assert found.relative == pytest.approx(check / 10.0, rel=0.01)
        assert found.relative <= 0.1
    assert suggest(seen(400_000)).holdout < suggest(seen(15_000)).holdout
    assert suggest(seen(500)) == Suggestion(
        0.5, pytest.approx(0.5, abs=0.02), is_enough=False
    )
    assert suggest(seen(0)) is None
