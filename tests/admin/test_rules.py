"""The page of rules: what it changes, who may, what it says."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.content import shop_rules
from campaigns.models import Message
from profiles.models import AuditEntry as Entry
from retention_site.lib.clock import now
from tests.factories import make_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> str:
    return reverse("admin:rules")


def test_quiet_hours_are_set_tried_and_turned_off(signed_in, page):
    form = {"start": "22:00", "end": "07:30", "channels": ["email", "sms"]}
    shown = signed_in.post(page, form | {"verb": "try_quiet"}).content.decode()
    assert "would have waited" in shown
    assert shop_rules.quiet_hours() is None
    signed_in.post(page, form | {"verb": "quiet"})
    held = shop_rules.quiet_hours()
    assert (f"{held.start:%H:%M}", f"{held.end:%H:%M}") == ("22:00", "07:30")
    assert held.channels == {"email", "sms"}
    assert "22:00–07:30" in signed_in.get(page).content.decode()
    entry = Entry.objects.filter(verb="rules").latest("pk")
    assert entry.after["quiet_hours"]["start"] == "22:00"
    signed_in.post(page, {"verb": "off"})
    assert shop_rules.quiet_hours() is None


def test_a_trial_counts_last_weeks_messages_by_the_customers_clock(
    signed_in, page, shop
):
    message = Message.objects.filter(channel="email").first()
    at = (now() - timedelta(2)).replace(hour=22, minute=30)
    Message.objects.update(sent_at=None)
    Message.objects.filter(pk=message.pk).update(sent_at=at)
    form = {
        "verb": "try_quiet",
        "start": "21:00",
        "end": "08:00",
        "channels": ["email"],
    }
    zone = message.customer
    for name, n in (
        ("UTC", "1"),
        ("Asia/Tokyo", "1"),
        ("America/New_York", "0"),
        ("Nowhere/At all", "1"),
    ):
        type(zone).objects.filter(pk=zone.pk).update(time_zone=name)
        said = signed_in.post(page, form).content.decode()
        assert f"{n} messages of last week" in said, name


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("margin", {"margin": "thirty"}),
        ("margin", {"margin": "130"}),
        ("holdout", {"holdout": "-1"}),
        ("costs", {"cost_email": "NaN"}),
        ("quiet", {"start": "late", "end": "08:00", "channels": ["email"]}),
        ("quiet", {"start": "21:00", "end": "08:00", "channels": ["pigeon"]}),
        ("nothing", {}),
    ],
)
def test_nonsense_changes_nothing_and_says_so(signed_in, page, settings, verb, form):
    settings.SAID_BY_ENVIRONMENT = frozenset()
    answer = signed_in.post(page, form | {"verb": verb}, follow=True)
    assert answer.status_code == 200
    assert not shop_rules.ShopRule.objects.exists()
    assert list(answer.context["messages"])


def test_amounts_are_changed_and_read_where_they_count(signed_in, page, settings):
    settings.SAID_BY_ENVIRONMENT = frozenset()
    signed_in.post(page, {"verb": "margin", "margin": "32,5"})
    signed_in.post(page, {"verb": "holdout", "holdout": "10 %"})
    signed_in.post(page, {"verb": "costs", "cost_email": "0.002", "cost_sms": "0.07"})
    assert (shop_rules.margin(), shop_rules.global_holdout()) == (0.325, 0.1)
    assert shop_rules.send_costs() == {"email": 0.002, "sms": 0.07}


def test_who_may_only_look_changes_nothing(client, page):
    person = make_colleague()
    person.user_permissions.set(Permission.objects.filter(codename="view_contactlimit"))
    client.force_login(person)
    shown = client.get(page).content.decode()
    assert "Save quiet hours" not in shown
    assert client.post(page, {"verb": "off"}).status_code == 403
    person.user_permissions.clear()
    client.force_login(type(person).objects.get(pk=person.pk))
    assert client.get(page).status_code == 403
