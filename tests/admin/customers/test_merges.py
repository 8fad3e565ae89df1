"""Joined customers: the log says by what, and taking apart gives every row back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from profiles.consents import consent_ledger
from profiles.intake.tracking import take
from profiles.models import Consent, Customer, Event, Merge
from retention_site.lib.clock import now
from tests import factories as make


@pytest.fixture
def joined(db) -> Merge:
    """A visitor who turned out to be Anna; the visitor had withdrawn what Anna granted."""
    said = {
        "anonymousId": "v1",
        "traits": {"colour": "green", "email": "anna@shop.example"},
    }
    at = (now() - timedelta(days=5)).isoformat()
    take(
        [{"type": "identify", "messageId": "m1", "timestamp": at, **said}], source="web"
    )
    take(
        [
            {
                "type": "track",
                "event": "view",
                "messageId": "m2",
                "timestamp": at,
                "anonymousId": "v1",
            }
        ],
        source="web",
    )
    at = (now() - timedelta(days=9)).isoformat()
    traits = {"email": "first@shop.example", "size": 38}
    take(
        [
            {
                "type": "identify",
                "messageId": "m3",
                "timestamp": at,
                "userId": "anna",
                "traits": traits,
            }
        ],
        source="web",
    )
    make.make_consent(Customer.objects.get(external_id="anna"), "email")
    make.make_consent(
        Customer.objects.get(external_id="anonymous:v1"), "email", "withdrawn"
    )
    take(
        [{"type": "alias", "messageId": "m4", "userId": "anna", "previousId": "v1"}],
        source="web",
    )
    return Merge.objects.get()


def page_of(client, merge: Merge) -> str:
    return client.get(
        reverse("admin:profiles_merge_change", args=[merge.pk])
    ).content.decode()


def rows() -> list:
    fields = [
        f.attname for f in Customer._meta.concrete_fields if f.attname != "updated_at"
    ]
    return [
        list(Customer.objects.order_by("pk").values(*fields)),
        list(Consent.objects.order_by("pk").values()),
        list(Event.objects.order_by("pk").values()),
    ]


def test_the_page_says_who_states_what_and_what_is_shown(signed_in, joined):
    page = page_of(signed_in, joined)
    for said in (
        "first@shop.example",
        "anna@shop.example",
        "green",
        "38",
        "the shop said so",
        "stands for both",
    ):
        assert said in page
    assert "the stricter of both" in page


def test_taken_apart_in_the_admin_every_row_is_as_before(signed_in, joined, person):
    joined.refresh_from_db()
    after = rows()
    signed_in.post(reverse("admin:profiles_merge_do", args=[joined.pk, "undo"]))
    joined.refresh_from_db()
    assert joined.undone_by == person
    assert rows() != after
    anna, visitor = (
        Customer.objects.get(external_id=one) for one in ("anna", "anonymous:v1")
    )
    assert (anna.email, anna.traits, visitor.traits) == (
        "first@shop.example",
        {"size": 38},
        {"colour": "green"},
    )
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "granted"}
    apart = rows()
    again = signed_in.post(
        reverse("admin:profiles_merge_do", args=[joined.pk, "undo"]), follow=True
    )
    assert "not possible any more" in again.content.decode()
    assert rows() == apart
    assert "taken apart" in page_of(signed_in, joined)


def test_a_person_joins_what_was_taken_apart(signed_in, joined, person):
    before = rows()
    signed_in.post(reverse("admin:profiles_merge_do", args=[joined.pk, "undo"]))
    apart = rows()
    said = {"one": "anna", "other": "anonymous:v1", "why": "told so on the phone"}
    page = signed_in.post(reverse("merge-join"), said, follow=True).content.decode()
    assert "told so on the phone" in page
    by_hand = Merge.objects.standing().get()
    assert (by_hand.evidence, by_hand.source) == ("person", str(person))
    assert rows()[0] == before[0]
    signed_in.post(reverse("admin:profiles_merge_do", args=[by_hand.pk, "undo"]))
    assert rows() == apart


@pytest.mark.parametrize(
    ("one", "other"),
    [("anna", "nobody"), ("anna", "anna"), ("anna", "anonymous:v1"), ("", "")],
)
def test_what_can_not_be_joined_is_said(signed_in, joined, one, other):
    before = rows()
    page = signed_in.post(
        reverse("merge-join"), {"one": one, "other": other}, follow=True
    ).content.decode()
    assert "no customer" in page or "one person already" in page
    assert (rows(), Merge.objects.count()) == (before, 1)


def test_a_joined_customers_page_leads_to_the_person(signed_in, joined):
    visitor, anna = (
        Customer.objects.get(external_id=one) for one in ("anonymous:v1", "anna")
    )
    answer = signed_in.get(reverse("admin:profiles_customer_change", args=[visitor.pk]))
    assert answer["Location"] == reverse(
        "admin:profiles_customer_change", args=[anna.pk]
    )


def test_who_may_only_look_joins_and_parts_nobody(client, joined):
    from django.contrib.auth.models import Permission

    looker = make.make_colleague()
    looker.user_permissions.add(Permission.objects.get(codename="view_merge"))
    client.force_login(looker)
    assert "/do/undo/" not in page_of(client, joined)
    assert (
        client.post(reverse("merge-join"), {"one": "anna", "other": "anna"}).status_code
        == 403
    )
    assert (
        client.post(
            reverse("admin:profiles_merge_do", args=[joined.pk, "undo"])
        ).status_code
        == 403
    )
