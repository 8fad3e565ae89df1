"""The whole programme against those whom no marketing reaches."""

from datetime import timedelta

import numpy as np
import pytest

from campaigns.models import Holdout
from campaigns.planning import holdouts
from campaigns.proof.reports import programme_report
from campaigns.stats.allocation.assignment import is_within
from tests.campaigns.proof.conftest import DAYS, N_CUSTOMERS


@pytest.fixture
def holdout(db, shop):
    return Holdout.objects.create(share=0.25, salt="for life", since=shop.launched_at)


def test_the_holdout_is_compared_with_everybody_else(holdout, shop):
    result = programme_report.report(
        until=shop.launched_at + timedelta(days=DAYS)
    ).result
    ids = [one.external_id for one in shop.customers]
    held = is_within(ids, salt="for life", low=0, high=0.25)
    spent = np.array([float(shop.spent.get(one.pk, 0)) for one in shop.customers])
    revenue = result["effect"]["results"][0]
    assert (revenue["n"], revenue["n_control"]) == ((~held).sum(), held.sum())
    assert revenue["mean_control"] == pytest.approx(spent[held].mean())
    assert result["money"]["incremental_revenue"]["value"] == pytest.approx(
        (spent[~held].mean() - spent[held].mean()) * (~held).sum()
    )
    assert sum(result["effect"]["arms"].values()) == N_CUSTOMERS
    assert result["sentence"].startswith("In 28 days")
    assert result["effect"]["daily"]


def test_without_a_holdout_nothing_is_claimed(db, shop):
    result = programme_report.report(until=shop.launched_at).result
    assert result["effect"] is None
    assert "can't be known" in result["sentence"]


def test_the_holdout_is_drawn_once_and_grows_without_letting_anyone_go(db, settings):
    settings.GLOBAL_HOLDOUT = 0.05
    first = holdouts.holdout()
    assert holdouts.holdout() == first
    assert first.share == 0.05
    settings.GLOBAL_HOLDOUT = 0.1
    larger = holdouts.holdout()
    ids = [f"c{i}" for i in range(5_000)]
    before = is_within(ids, salt=first.salt, low=0, high=0.05)
    after = is_within(ids, salt=larger.salt, low=0, high=0.1)
    assert larger.salt == first.salt
    assert (after >= before).all()
    assert after.sum() > 1.7 * before.sum()
