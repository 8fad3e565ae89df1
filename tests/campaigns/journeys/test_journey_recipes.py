"""Journeys ready to use: begun as drafts that lack nothing, in both languages."""

from datetime import timedelta

import pytest
from django.utils import translation

from campaigns.content.journey_outline import walk
from campaigns.lifecycle import recipes
from campaigns.lifecycle.approve import approve
from campaigns.lifecycle.draft_problems import look
from campaigns.lifecycle.drafts import save_draft
from campaigns.lifecycle.journeys.publish import publish
from campaigns.lifecycle.submit import submit
from campaigns.models import Campaign, JourneyEnrolment, Message, Trigger
from campaigns.triggers import armed_triggers
from retention_site.lib.clock import now
from tests.campaigns.journeys.inside import happens, people, settle
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


def test_two_carts_of_one_customer_each_get_their_reminder(customer, later):
    author, approver = people()
    begun = recipes.start_draft("cart_in_steps", by=author)
    changed = {**begun.draft.content, "holdout": 0, "global_holdout": False}
    changed.pop("quiet_hours")
    save_draft(begun, changed, author)
    approve(submit(begun, author).version, by=approver)
    publish(begun)
    Trigger.objects.update(since=now() - timedelta(10))
    armed_triggers.forget()
    for cart in ("left", "other"):
        happens(customer, "cart", cart_id=cart)
    settle()
    assert JourneyEnrolment.objects.count() == 2
    later(timedelta(hours=1, minutes=5))
    assert Message.objects.count() == 2
    happens(customer, "purchase", cart_id="left")
    settle()
    later(timedelta(days=1, hours=1))
    assert Message.objects.count() == 2  # bought: nobody is called a last time
    assert set(JourneyEnrolment.objects.values_list("reason", flat=True)) == {
        "goal reached"
    }
