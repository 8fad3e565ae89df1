"""A name that campaigns share is refused when it is nearly another campaign's."""

from typing import Any

import pytest

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.parse import read
from campaigns.lifecycle import shared_names
from campaigns.lifecycle.apply import apply
from campaigns.models import CampaignVersion, ContactLimit
from tests.campaigns.planning.conftest import campaign_of
from tests.factories import make_colleague


def applied(document: dict[str, Any]) -> None:
    apply(document, by=make_colleague())


KNOWN = ["newsletter", "win back", "tier 1", "promo a", "Saison"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("newletter", "newsletter"),
        ("Newsletter", "newsletter"),
        ("news-letter", "newsletter"),
        ("newsletters", "newsletter"),
        ("winback", "win back"),
        ("win_back", "win back"),
        ("saison", "Saison"),
        ("tier 2", ""),
        ("tier2", ""),
        ("promo b", ""),
        ("service", ""),
        ("新客", ""),
    ],
)
def test_which_name_was_meant(said, meant):
    assert shared_names.near(said, KNOWN) == meant


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("campaign_class", "newsletter", "newletter"),
        ("topic", "offers", "ofers"),
        (
            "layer",
            {"name": "spring tests", "share": 0.5},
            {"name": "sprng tests", "share": 0.5},
        ),
    ],
)
def test_a_mistyped_name_is_refused_with_the_right_one(
    make_approved, key, right, wrong
):
    make_approved(name="First", **{key: right})
    applied(campaign_of(name="Second", **{key: right}))
    with pytest.raises(BadCampaign, match="did you mean"):
        applied(campaign_of(name="Second", **{key: wrong}))


@pytest.mark.django_db
def test_a_campaigns_own_name_may_be_put_right(make_approved):
    make_approved(name="First", campaign_class="newletter")
    applied(campaign_of(name="First", campaign_class="newsletter"))
    newest = CampaignVersion.objects.order_by("-pk").first()
    assert newest.content["campaign_class"] == "newsletter"


@pytest.mark.django_db
def test_the_shops_limits_name_classes_too():
    ContactLimit.objects.create(campaign_class="promotion", window="week", most=2)
    with pytest.raises(BadCampaign, match="did you mean promotion"):
        applied(campaign_of(campaign_class="promotoin"))
    applied(campaign_of(campaign_class="service news"))


@pytest.mark.parametrize(
    ("change", "meant"),
    [
        ({"kind": "Marketting"}, "marketing"),
        ({"channels": ["emial"]}, "email"),
        ({"recommendations": {"mode": "repeet", "k": 3}}, "repeat"),
        ({"trigger": {"kind": "segmnt", "segment": "x"}, "segment": None}, "segment"),
        ({"schedul": {}}, "schedule"),
        ({"limits": {"per_wek": 1}}, "per_week"),
    ],
)
def test_a_mistyped_word_or_key_is_refused_with_what_was_meant(change, meant):
    with pytest.raises(BadCampaign, match=f"did you mean {meant}"):
        read(campaign_of(**change), currency="EUR", time_zone="Europe/Berlin")
