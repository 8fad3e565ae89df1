"""What an experiment could see, said before it starts."""

from datetime import timedelta

import numpy as np
import pytest

from campaigns.proof.foresight import foresee
from campaigns.proof.stats.power import smallest_detectable_effect
from retention_site.lib.clock import now
from tests.campaigns.proof.conftest import DAYS, N_CUSTOMERS

SPLIT = {"control": 0.25, "message": 0.75}


def test_smallest_effect_comes_from_what_these_customers_did_lately(db, shop):
    audience = np.array([one.pk for one in shop.customers])
    (seen,) = foresee(audience, SPLIT, ["revenue"], days=DAYS, as_of=shop.launched_at + timedelta(days=DAYS))
    spent = np.array([float(shop.spent.get(pk, 0)) for pk in audience])
    assert (seen.arm, seen.n_control, seen.n_treated) == ("message", 100, 300)
    assert seen.mean == pytest.approx(spent.mean(), rel=1e-6)
    expected = smallest_detectable_effect(spent.var(ddof=1), n_control=100, n_treated=300)
    assert seen.smallest == pytest.approx(expected, rel=1e-6)
    assert seen.smallest_with_past < 0.9 * seen.smallest
    assert seen.relative == pytest.approx(seen.smallest / seen.mean)


def test_larger_audiences_see_smaller_effects(db, shop):
    audience = np.array([one.pk for one in shop.customers])
    few, many = (foresee(audience[:n], SPLIT, ["revenue"], days=DAYS, as_of=now())[0] for n in (100, N_CUSTOMERS))
    assert many.smallest < few.smallest


def test_nobody_sees_nothing(db):
    assert foresee(np.array([], dtype=np.int64), SPLIT, ["revenue"], days=DAYS, as_of=now()) == []
