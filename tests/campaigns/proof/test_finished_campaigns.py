"""Campaigns of another system: redemption truth, the naive gap with its warning, and no
effect without control.
"""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from campaigns.models import Campaign, Recipient
from campaigns.outcomes import redemptions
from campaigns.proof.reports.campaign_report import campaign_report
from profiles import history
from profiles.models import Event
from retention_site.lib.clock import now
from tests.campaigns.proof.conftest import committed, make_customers, purchase
from tests.factories import make_campaign, make_event

STARTS_AT = now() - timedelta(days=30)


@pytest.fixture(scope="module")
def shoppers(django_db_setup, django_db_blocker):
    """The first hundred buy four times as much as the others, always. Twenty-five of
    them redeem, one twice.
    """
    with committed(django_db_blocker):
        customers, rng, events = make_customers(), np.random.default_rng(3), []
        for place, customer in enumerate(customers):
            usual = 40 if place < 100 else 10
            for days in range(-90, 30, 10):
                paid = Decimal(round(usual * rng.gamma(4, 0.25), 2))
                events.append(
                    purchase(customer, STARTS_AT + timedelta(days=days + 1), paid)
                )
        Event.objects.bulk_create(events)
        for customer in [*customers[:25], customers[0], customers[200]]:
            make_event(
                customer,
                "coupon_redeemed",
                at=STARTS_AT + timedelta(2),
                campaign_id="m1",
                coupon_code="x",
            )
        history.refresh()
        yield customers


@pytest.fixture
def heavy_buyers(db, shoppers):
    """A mailing to those who buy most anyway; it changed nothing."""
    campaign = make_campaign(
        origin=Campaign.Origin.IMPORTED,
        external_id="m1",
        kind="A",
        starts_at=STARTS_AT,
        ends_at=now(),
    )
    Recipient.objects.bulk_create(
        Recipient(campaign=campaign, customer=one) for one in shoppers[:100]
    )
    return campaign


def test_no_effect_is_claimed_without_a_control_group(heavy_buyers):
    report = campaign_report(heavy_buyers)
    assert (report["effect"], report["refused"], report["run"]) == (
        None,
        "no control group",
        None,
    )
    assert report["audience"]["n"] == sum(report["states"].values()) == 100


def test_who_redeemed_is_counted_once_and_only_among_recipients(heavy_buyers):
    assert campaign_report(heavy_buyers)["redemption"] == {
        "n": 100,
        "n_redeemed": 25,
        "share": 0.25,
    }
    assert redemptions.by_kind() == {"A": redemptions.Redemption(100, 25)}


def test_the_naive_gap_comes_with_its_warning_and_time_hints_at_nothing(heavy_buyers):
    report = campaign_report(heavy_buyers)
    assert report["naive"]["difference"] == pytest.approx(90, abs=10)
    assert "no effect is claimed" in report["naive"]["warning"]
    assert report["indication"]["low"] < 0 < report["indication"]["high"]
    assert report["indication"]["is_parallel"]


def test_a_finished_campaign_with_control_group_is_measured(heavy_buyers, shoppers):
    Recipient.objects.bulk_create(
        Recipient(campaign=heavy_buyers, customer=one, arm="control")
        for one in shoppers[100:150]
    )
    Recipient.objects.filter(campaign=heavy_buyers, arm="").update(arm="mailing")
    report = campaign_report(heavy_buyers)
    assert report["refused"] is None
    assert report["effect"]["arms"] == {"control": 50, "mailing": 100}
    assert "The planned split is not known" in report["effect"]["problems"][0]
    assert report["decisions"] == {"send": 100, "hold": {"control group": 50}}
