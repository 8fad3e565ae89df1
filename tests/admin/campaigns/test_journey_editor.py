"""A journey is drawn in the editor: steps come, go and say what is wrong with them."""

import json

import pytest
from django.contrib.auth.models import Group

from campaigns.lifecycle.drafts import start_draft
from campaigns.models import Campaign, CampaignVersion
from tests.factories import make_approver, make_colleague

pytestmark = pytest.mark.django_db

SMS = {"channels": ["sms"], "messages": {"sms": {"text": "Hi"}}}


@pytest.fixture
def marketer(client):
    person = make_colleague(is_superuser=True)
    client.force_login(person)
    return person


@pytest.fixture
def draw(marketer):
    def make(*steps, **keys):
        document = {
            "name": "Cart",
            "trigger": {"kind": "event", "events": ["cart"], "key": "cart_id"},
            **keys,
            "steps": list(steps),
        }
        return start_draft(document, marketer)

    return make


@pytest.fixture
def post(client):
    def send(journey, **said):
        seen = Campaign.objects.get(pk=journey.pk).draft.number
        fields = ",".join(key for key in said if key not in ("part", "place", "yaml"))
        said = {"seen": seen, "fields": fields, **said}
        return client.post(f"/admin/campaigns/journey/{journey.pk}/edit/save/", said)

    return send


def document(journey):
    return Campaign.objects.get(pk=journey.pk).draft.content


def shown(client, journey):
    return client.get(f"/admin/campaigns/journey/{journey.pk}/edit/").content.decode()


def test_begins_with_a_name_and_nothing_else(client, marketer):
    said = {"name": "Spring", "begin": "blank"}
    answer = client.post("/admin/campaigns/journey/add/", said, follow=True)
    journey = Campaign.objects.get(name="Spring")
    assert journey.origin == Campaign.Origin.JOURNEY
    assert answer.redirect_chain[-1][0].endswith(f"/journey/{journey.pk}/edit/")
    assert "Add the first step." in answer.content.decode()


def test_step_is_added_and_its_panel_opened(client, draw, post):
    journey = draw({"wait": "1 hour"})
    answer = post(journey, part="add:steps.2:message", redraw="1").json()
    assert answer["place"] == "steps.2"
    assert 'name="messages.email.subject"' in answer["panel"]
    assert [one["key"] for one in document(journey)["steps"]] == ["wait_1", "message_1"]
    assert "Write a subject." in answer["tree"]
    assert "Choose a template." in answer["tree"]


def test_panel_writes_its_step_alone(draw, post):
    journey = draw({"wait": "1 hour"}, {"message": SMS})
    post(journey, place="steps.1", **{"wait.for": "3 days", "wait.how": "for"})
    assert document(journey)["steps"][0]["wait"] == "3 days"
    post(journey, place="steps.2", **{"messages.sms.text": "Still there"})
    step = document(journey)["steps"][1]
    assert step["message"]["messages"] == {"sms": {"text": "Still there"}}


def test_rule_of_a_split_is_kept_as_the_rows_send_it(draw, post):
    journey = draw({"split": {"if": {"all": []}, "then": [{"end": "x"}], "else": []}})
    rule = {"all": [{"is": "event_count", "type": "purchase", "at_least": 1}]}
    post(journey, place="steps.1", **{"split.if": json.dumps(rule)})
    says = document(journey)["steps"][0]["split"]
    assert (says["if"], says["then"][0]["end"]) == (rule, "x")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{"end": "a"}, {"message": SMS}], "No way leads to this step."),
        ([{"split": {"if": {"all": []}}}, {"end": "x"}], "Say the rule."),
        ([{"wait_until": {"event": ["purchase"]}}], "Say how long it waits at most."),
        ([{"wait_until": {"at_most": "1 day"}}], "Choose an event or a rule."),
        ([{"go_to": "nowhere"}], "Choose a step to go on with."),
        (
            [{"key": "first", "wait": "1 day"}, {"go_to": "first"}],
            "A journey only goes forwards: choose a later step.",
        ),
        ([{"test": {"arms": [{"name": "A"}]}}], "Two arms or more"),
        ([{"wait": "soon"}], "Such as 45 minutes, 1 hour or 3 days."),
        ([{"set": {}}], "Say which trait it keeps."),
        ([{"message": {"channels": ["sms"], "messages": {}}}], "Write the text."),
    ],
)
def test_what_is_wrong_stands_at_its_step(client, draw, steps, words):
    journey = draw({"wait": "wrong"}, *steps)
    page = shown(client, journey)
    assert words in page
    assert "Such as 45 minutes" in page  # the first step's own mistake is told, too


def test_event_that_was_never_seen(client, draw, monkeypatch):
    from campaigns.admin.journeys import problems
    from profiles.segments.builder.choices import Choice

    seen = [Choice("wishlist", "Wishlist", 7)]
    monkeypatch.setattr(problems, "choices", lambda *_args: seen)
    wait = {"event": ["wishlst"], "at_most": "1 day", "then": [], "else": []}
    page = shown(client, draw({"wait_until": wait}))
    assert "“wishlst” was never seen; a typo? Perhaps wishlist." in page


def test_yaml_and_tree_are_one_document(client, draw, post):
    journey = draw({"wait": "1 hour"})
    written = "name: Cart\ntrigger: {kind: api}\nsteps: [{wait: 2 days}, {end: over}]\n"
    answer = post(journey, yaml=written, redraw="1").json()
    assert "2 days" in answer["tree"]
    assert document(journey)["steps"] == [{"wait": "2 days"}, {"end": "over"}]
    assert post(journey, yaml="[").status_code == 422


def test_undo_brings_a_removed_step_back(draw, post):
    journey = draw({"wait": "1 hour"}, {"message": SMS})
    before = Campaign.objects.get(pk=journey.pk).draft.number
    post(journey, part="remove:steps.2")
    assert len(document(journey)["steps"]) == 1
    post(journey, back=str(before))
    assert len(document(journey)["steps"]) == 2


@pytest.mark.parametrize(
    "steps",
    ["x", [3, {"split": None}, {"test": {"arms": "no"}}, {"key": [1], "wait": []}]],
)
def test_broken_document_can_be_opened(client, marketer, steps):
    journey = start_draft({"name": "Broken", "steps": steps}, marketer)
    for place in ("", "steps.1", "steps.3", "enter", "goal", "leave", "steps.4"):
        answer = client.get(
            f"/admin/campaigns/journey/{journey.pk}/edit/", {"step": place}
        )
        assert answer.status_code == 200
    page = client.get(f"/admin/campaigns/campaign/{journey.pk}/change/")
    assert page.status_code == 200


def test_goes_to_review_and_its_difference_is_said(client, draw, post):
    journey = draw({"wait": "1 hour"}, {"message": SMS})
    act = f"/admin/campaigns/journey/{journey.pk}/edit/do/submit/"
    page = client.post(act, follow=True).content.decode()
    assert "Version 1 waits for approval" in page
    CampaignVersion.objects.filter(campaign=journey).update(
        state="approved", approver=make_approver()
    )
    post(journey, place="steps.1", **{"wait.for": "2 days", "wait.how": "for"})
    page = client.post(act, follow=True).content.decode()
    assert "Version 2 waits for approval" in page
    assert "Wait (wait_1)" in page
    assert "<del>1 hour</del>" in page
    assert "<ins>2 days</ins>" in page


def test_analyst_reads_the_page_and_changes_nothing(client, draw, post):
    journey = draw({"wait": "1 hour"})
    analyst = make_colleague()
    analyst.groups.add(Group.objects.get(name="analyst"))
    client.force_login(analyst)
    answer = client.get(f"/admin/campaigns/journey/{journey.pk}/edit/")
    assert answer.status_code == 302
    assert post(journey, part="remove:steps.1").status_code == 403
    assert client.get("/admin/campaigns/journey/add/").status_code == 403
    assert "Journeys" in client.get("/admin/campaigns/journey/").content.decode()
