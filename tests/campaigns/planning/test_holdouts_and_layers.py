"""Chance above the campaign: who gets no marketing at all, and whom another test of the
layer has.
"""

import numpy as np
import pytest
from django.db import transaction

from campaigns.content.model import shares
from campaigns.content.parse import read
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import CannotApprove, approve
from campaigns.models import Holdout, LayerSlice, Message
from campaigns.planning import holdouts
from campaigns.planning.arm_assignment import Lots, places
from tests.campaigns.planning.conftest import campaign_of, messages_of, someone

IDS = [f"shopper-{i}" for i in range(20_000)]


@pytest.fixture
def held(settings):
    settings.GLOBAL_HOLDOUT = 0.3


def test_who_is_held_out_of_everything_gets_nothing_and_keeps_an_arm(
    held, written, shoppers
):
    run = written()
    messages = messages_of(run).values()
    out = [message for message in messages if message.is_held_out]
    assert 8 <= len(out) <= 30
    assert {message.arm for message in out} == {"control", "message"}
    assert {message.reason for message in out} == {"global holdout"}
    control = [
        message
        for message in messages
        if message.arm == "control" and not message.is_held_out
    ]
    assert {message.reason for message in control} == {"control group"}
    assert all(
        message.propensity == pytest.approx(0.2 if message.arm == "control" else 0.8)
        for message in messages
    )
    assert not any(message.offer for message in out)


def test_the_same_customers_are_held_out_of_every_campaign(held, written, shoppers):
    first = {
        pk for pk, message in messages_of(written()).items() if message.is_held_out
    }
    Message.objects.all().delete()
    version = approve(
        apply(
            campaign_of(name="Another", salt="other", offer=None), by=someone()
        ).version,
        by=someone(),
    )
    second = places(
        read(version.content),
        [one.external_id for one in shoppers],
        version.salt,
        holdouts.lots_of(version.campaign_id, read(version.content)),
    )
    assert {
        one.pk for one, place in zip(shoppers, second, strict=True) if place.is_held_out
    } == first
    assert Holdout.objects.count() == 1


def test_what_is_undone_holds_out_the_same_customers_as_what_comes_after(db):
    with transaction.atomic():
        rehearsed = holdouts.holdout().salt
        transaction.set_rollback(True)
    assert Holdout.objects.count() == 0
    assert holdouts.holdout().salt == rehearsed


@pytest.mark.parametrize(
    "changes", [{"kind": "transactional"}, {"global_holdout": False}]
)
def test_a_customers_own_business_and_who_says_so_reach_everybody(
    held, written, shoppers, changes
):
    assert not any(
        message.is_held_out for message in messages_of(written(**changes)).values()
    )


def test_the_global_draw_knows_nothing_of_the_campaigns():
    content = read(campaign_of())
    drawn = places(content, IDS, "salt", Lots(holdout=0.1, holdout_salt="of the shop"))
    control, out = (
        np.array([one.is_control for one in drawn]),
        np.array([one.is_held_out for one in drawn]),
    )
    assert abs(np.corrcoef(control, out)[0, 1]) < 0.03
    assert out.mean() == pytest.approx(0.1, abs=0.01)


def test_campaigns_of_a_layer_share_nobody_and_fill_it(make_approved):
    versions = [
        make_approved(name=name, offer=None, layer={"name": "spring", "share": share})
        for name, share in (("A", 0.4), ("B", 0.6))
    ]
    ours = [
        {one for one, place in zip(IDS, _placed(version), strict=True) if place.arm}
        for version in versions
    ]
    assert not ours[0] & ours[1]
    assert ours[0] | ours[1] == set(IDS)
    assert len(ours[0]) / len(IDS) == pytest.approx(0.4, abs=0.02)
    assert {place.held_by for place in _placed(versions[0]) if not place.arm} == {
        "in another test of the layer"
    }
    with pytest.raises(CannotApprove, match="0% of its customers free"):
        make_approved(name="C", offer=None, layer={"name": "spring", "share": 0.1})


def test_a_campaign_keeps_its_slice_and_a_stopped_one_gives_it_back(make_approved):
    first = make_approved(name="A", offer=None, layer={"name": "spring", "share": 1})
    kept = LayerSlice.objects.get(campaign=first.campaign)
    holdouts.settle(first.campaign, read(first.content).layer)
    assert LayerSlice.objects.get(campaign=first.campaign) == kept
    first.campaign.state = "stopped"
    first.campaign.save()
    assert make_approved(name="B", offer=None, layer={"name": "spring", "share": 1})


def _placed(version):
    content = read(version.content)
    return places(
        content, IDS, version.salt, holdouts.lots_of(version.campaign_id, content)
    )


def test_learned_shares_move_nobody_into_or_out_of_the_control_group():
    content = read(campaign_of(arms=[{"name": "a"}, {"name": "b"}]))
    planned = places(content, IDS, "salt")
    learned = places(
        content,
        IDS,
        "salt",
        learned={"control": shares(content)["control"], "a": 0.7, "b": 0.1},
    )
    assert [one.is_control for one in planned] == [one.is_control for one in learned]
    assert sorted({round(one.propensity, 9) for one in learned}) == [0.1, 0.2, 0.7]
