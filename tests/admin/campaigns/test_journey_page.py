"""A journey's page: published by buttons, people at its steps, one customer's diary."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from campaigns.journeys import exits
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.models import CampaignVersion, JourneyEnrolment, JourneyToken
from tests.campaigns.journeys.conftest import customer, later  # noqa: F401
from tests.campaigns.journeys.inside import (
    CART,
    MAIL,
    approved,
    happens,
    make_journey,
    people,
    settle,
)
from tests.factories import make_colleague
from tests.sending import local_sinks, shop, shop_environment  # noqa: F401

pytestmark = pytest.mark.django_db

LONGER = [
    {"key": "pause", "wait": "2 hours"},
    {"key": "remind", "message": {**MAIL, "priority": 90}},
]


@pytest.fixture
def marketer(client):
    person = make_colleague(is_superuser=True)
    client.force_login(person)
    return person


@pytest.fixture
def journey(customer, marketer):  # noqa: F811
    made = make_journey()
    happens(customer, "cart", cart_id="a")
    settle()
    return made


def page(client, journey):
    return client.get(f"/admin/campaigns/campaign/{journey.pk}/change/")


def do(client, journey, verb, **said):
    address = f"/admin/campaigns/campaign/{journey.pk}/do/{verb}/"
    return client.post(address, said, follow=True).content.decode()


def about(journey, state="approved"):
    version = journey.versions.get(state=state)
    return f"{version.number}:{version.hash}"


def next_version(journey, steps=LONGER):
    author, approver = people()
    apply(settle_words({**CART, "steps": steps}), by=author)
    waiting = journey.versions.get(state=CampaignVersion.State.IN_REVIEW)
    from campaigns.lifecycle.approve import approve

    return approve(waiting, by=approver)


def test_author_is_told_that_a_second_person_approves(client):
    author, _approver = people()
    made = apply(settle_words({**CART}), by=author).version.campaign
    get_user_model().objects.update(is_staff=True)
    author.refresh_from_db()
    client.force_login(author)
    assert "a second person approves it" in page(client, made).content.decode()
    client.force_login(get_user_model().objects.get(username="approver"))
    said = do(client, made, "approve", about=about(made, "in_review"))
    assert "is approved" in said
    assert "Publish version 1" in said


def test_published_by_the_button_and_never_a_version_that_was_not_seen(
    client, marketer
):
    made = approved()
    assert "Nothing was done" in do(client, made, "publish", about="1:other")
    said = do(client, made, "publish", about=about(made))
    assert "Version 1 is published." in said
    assert made.publications.get().by == marketer


def test_dialog_counts_those_inside_and_they_move(client, journey):
    next_version(journey)
    dialog = client.get(
        f"/admin/campaigns/journey/{journey.pk}/publish/", headers={"X-Dialog": "1"}
    ).content.decode()
    assert "1 customer is inside on another version." in dialog
    assert 'name="step:pause"' in dialog
    said = do(
        client,
        journey,
        "publish",
        about=about(journey),
        inside="move",
        **{"step:pause": "pause"},
    )
    assert "Version 2 is published. 1 moved." in said
    assert JourneyToken.objects.get().version.number == 2


def test_those_inside_finish_on_their_version(client, journey):
    next_version(journey)
    said = do(client, journey, "publish", about=about(journey), inside="finish")
    assert "Version 2 is published." in said
    assert JourneyToken.objects.get().version.number == 1


def test_map_that_loses_people_is_refused_in_words(client, journey):
    next_version(journey)
    said = do(client, journey, "publish", about=about(journey), inside="move")
    assert "is missing, and somebody stands there" in said
    assert journey.publications.count() == 1


def test_paused_resumed_drained_and_stopped_by_buttons(client, journey):
    assert "everybody stays where they are" in do(client, journey, "pause")
    assert "The journey goes on." in do(client, journey, "resume")
    assert "Nobody enters any more" in do(client, journey, "drain")
    assert "Let people in again" in page(client, journey).content.decode()
    assert "Stopped; 1 customer left." in do(client, journey, "stop")
    assert JourneyEnrolment.objects.get().reason == exits.STOPPED


def test_counts_stand_at_the_steps_and_add_up(client, journey, later):  # noqa: F811
    answer = page(client, journey)
    counted = answer.context["counted"]
    assert counted.steps["pause"].n_waiting == 1
    assert (counted.n_entered, counted.n_inside) == (1, 1)
    later(timedelta(hours=2))
    counted = page(client, journey).context["counted"]
    assert counted.steps["pause"].n_passed == 1
    assert counted.n_inside == 0
    assert sum(treated + held for _why, treated, held in counted.reasons) == 1


def test_customer_is_found_and_her_diary_read(client, journey, customer, later):  # noqa: F811
    later(timedelta(hours=2))
    address = f"/admin/campaigns/journey/{journey.pk}/people/"
    for asked in (customer.external_id, "a"):
        rows = client.get(address, {"q": asked}).context["rows"]
        assert [row["enrolment"].customer for row in rows] == [customer]
    assert not client.get(address, {"q": "nobody"}).context["rows"]
    enrolment = JourneyEnrolment.objects.get()
    diary = client.get(f"{address}{enrolment.pk}/").context
    assert [line.title for line in diary["lines"]] == ["Wait", "Message"]
    assert diary["lines"][1].message is not None


def test_one_customer_is_taken_out(client, journey):
    enrolment = JourneyEnrolment.objects.get()
    room = f"/admin/campaigns/journey/{journey.pk}/people/{enrolment.pk}/do/"
    assert client.post(f"{room}remove/", follow=True).status_code == 200
    enrolment.refresh_from_db()
    assert enrolment.reason == exits.REMOVED


def test_failure_is_listed_and_tried_again(client, journey):
    JourneyToken.objects.update(error="ValueError: no such trait")
    address = f"/admin/campaigns/journey/{journey.pk}/people/"
    page_of_failed = client.get(address, {"view": "failed"}).content.decode()
    assert "no such trait" in page_of_failed
    enrolment = JourneyEnrolment.objects.get()
    client.post(f"{address}{enrolment.pk}/do/retry/")
    assert not client.get(address, {"view": "failed"}).context["rows"]


def test_pages_ask_the_database_a_few_times(
    client, journey, django_assert_max_num_queries
):
    enrolment = JourneyEnrolment.objects.get()
    for address in (
        f"/admin/campaigns/campaign/{journey.pk}/change/",
        f"/admin/campaigns/journey/{journey.pk}/people/",
        f"/admin/campaigns/journey/{journey.pk}/people/{enrolment.pk}/",
        "/admin/campaigns/journey/",
    ):
        with django_assert_max_num_queries(40):
            assert client.get(address).status_code == 200
