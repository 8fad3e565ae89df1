"""Journeys ready to use: begun as drafts that lack nothing, in both languages."""

import pytest
from django.utils import translation

from campaigns.content.journey_outline import walk
from campaigns.lifecycle import recipes
from campaigns.lifecycle.approve import approve
from campaigns.lifecycle.draft_problems import look
from campaigns.models import Campaign
from tests.campaigns.journeys.inside import people
from tests.sending import shop, shop_environment  # noqa: F401

pytestmark = pytest.mark.django_db
JOURNEYS = [one.key for one in recipes.RECIPES.values() if one.is_journey]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("key", JOURNEYS)
def test_recipe_is_a_whole_journey(key, language):
    author, approver = people()
    with translation.override(language):
        version = recipes.start(key, by=author)
        assert version.campaign.origin == Campaign.Origin.JOURNEY
        draft = version.campaign.draft.content
        assert look(draft, version.campaign).problems == ()
        said = [step["message"] for _p, step in walk(draft) if "message" in step]
        assert len(said) >= 2
        subjects = [words["messages"]["email"]["subject"] for words in said]
        is_chinese = [any("\u4e00" <= one <= "\u9fff" for one in s) for s in subjects]
        assert is_chinese == [language == "zh-hans"] * len(said)
        assert approve(version, by=approver).state == "approved"
