"""What must not be changed by hand can't be: no form, no delete, no verb for those
without the right.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.models import Campaign, CouponPool, Message
from profiles.models import Item, Job, Segment
from retention_site.lib.admin.pages import ReadingAdmin
from tests import factories as make

OURS = [
    model
    for model, site in admin.site._registry.items()
    if isinstance(site, ReadingAdmin)
]

# what is written by clicking, on pages of its own
WRITTEN = {Segment, CouponPool}
# what a list may do with the rows that were ticked: a verb, never an edit
VERBS_OF_LISTS = {Item: {"never_recommend", "recommend_again"}}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_nothing_is_added_typed_over_or_deleted(rf, person, model):
    request = rf.get("/")
    request.user = person
    site = admin.site._registry[model]
    assert site.has_add_permission(request) is (model in WRITTEN)
    assert not site.has_change_permission(request)
    assert not site.has_delete_permission(request)
    assert set(site.get_actions(request)) == VERBS_OF_LISTS.get(model, set())


def test_posting_to_a_page_changes_nothing(signed_in, shop):
    message = Message.objects.filter(state=Message.State.HELD).first()
    address = reverse("admin:campaigns_message_change", args=[message.pk])
    signed_in.post(address, {"state": "queued", "reason": ""})
    signed_in.post(
        reverse("admin:campaigns_message_delete", args=[message.pk]), {"post": "yes"}
    )
    kept = Message.objects.get(pk=message.pk)
    assert (kept.state, kept.reason) == (message.state, message.reason)


def test_a_verb_is_never_done_by_looking(signed_in, shop):
    assert signed_in.get(do("campaign", shop.campaign.pk, "pause")).status_code == 405


def test_who_may_only_look_presses_no_button(client, shop):
    looker = make.make_colleague()
    looker.user_permissions.add(Permission.objects.get(codename="view_campaign"))
    client.force_login(looker)
    page = client.get(
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    )
    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    assert client.post(do("campaign", shop.campaign.pk, "stop")).status_code == 403
    assert Campaign.objects.get(pk=shop.campaign.pk).state == Campaign.State.ACTIVE


def test_a_running_job_is_cancelled(signed_in, shop):
    job = Job.objects.get(state=Job.State.RUNNING)
    signed_in.post(do("job", job.pk, "cancel", app="profiles"))
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_an_ended_job_offers_no_cancel(signed_in, shop):
    job = Job.objects.get(state=Job.State.FAILED)
    answer = signed_in.post(do("job", job.pk, "cancel", app="profiles"), follow=True)
    assert "not possible any more" in answer.content.decode()
    assert Job.objects.get(pk=job.pk).state == Job.State.FAILED


def test_a_key_is_closed_and_never_shown(signed_in, db):
    key = make.make_api_key(name="till 3")
    page = signed_in.get(
        reverse("admin:profiles_apikey_change", args=[key.pk])
    ).content.decode()
    assert key.digest not in page
    signed_in.post(do("apikey", key.pk, "revoke", app="profiles"))
    key.refresh_from_db()
    assert key.revoked_at is not None


def do(model: str, pk: int, verb: str, app: str = "campaigns") -> str:
    return reverse(f"admin:{app}_{model}_do", args=[pk, verb])
