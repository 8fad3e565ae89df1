"""What a colleague does is written down: who, when, what, before and after; in pages,
forms, commands, sign-ins.
"""

import csv
import io

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from campaigns.models import CampaignVersion, ContactLimit
from profiles.models import AuditEntry
from retention_site.lib import written
from tests import factories as make
from tests.small_shop import small_shop

PASSWORD = "a long pass phrase"


@pytest.fixture
def person(db):
    return make.make_colleague(is_superuser=True)


@pytest.fixture
def client(person):
    made = Client()
    made.force_login(person)
    return made


@pytest.fixture
def shop(person):
    return small_shop()


def press(client, obj, verb, **told):
    label = obj._meta
    address = reverse(
        f"admin:{label.app_label}_{label.model_name}_do", args=[obj.pk, verb]
    )
    return client.post(address, told, REMOTE_ADDR="203.0.113.7")


def newest(verb: str) -> AuditEntry:
    return AuditEntry.objects.filter(verb=verb).latest("pk")


@pytest.mark.parametrize(("verb", "after"), [("pause", "paused"), ("stop", "stopped")])
def test_holding_a_campaign_is_written_down(client, person, shop, verb, after):
    press(client, shop.campaign, verb)
    entry = newest(f"campaign.{verb}")
    assert (entry.account, entry.by, entry.via, entry.address) == (
        person,
        person.username,
        "admin",
        "203.0.113.7",
    )
    assert (entry.target_kind, entry.target_id) == (
        "campaigns.campaign",
        str(shop.campaign.pk),
    )
    assert (entry.before, entry.after) == ({"state": "active"}, {"state": after})


def test_an_approval_says_which_version_with_which_hash(client, shop):
    waiting = shop.campaign.versions.get(state=CampaignVersion.State.IN_REVIEW)
    CampaignVersion.objects.filter(pk=waiting.pk).update(hash="of something else")
    about = f"{waiting.number}:of something else"
    press(client, shop.campaign, "approve", about=about)
    # it was refused
    assert not AuditEntry.objects.filter(verb="campaign.approve").exists()
    press(client, shop.campaign, "pause")
    press(client, shop.campaign, "resume")
    assert list(
        AuditEntry.objects.filter(verb__startswith="campaign.").values_list(
            "verb", flat=True
        )
    ) == [
        "campaign.pause",
        "campaign.resume",
    ]


def test_a_key_made_and_revoked_is_written_down_without_the_key(client, db):
    key = make.make_api_key(name="till 3")
    press(client, key, "revoke")
    entry = newest("apikey.revoke")
    assert entry.before == {"revoked_at": None}
    assert entry.after["revoked_at"]
    client.post(reverse("key-new"), {"name": "web", "scope": "write"})
    assert newest("key-new").after["fields"] == ["name", "scope"]


def test_a_channels_settings_are_written_down_without_its_secrets(client, db):
    told = {
        "provider": "gateway",
        "url": "https://gateway.example/send",
        "password": "hush-hush-77",
    }
    client.post("/admin/channels/sms/set/", told)
    entry = newest("channel-act")
    assert entry.target == "sms set"
    assert entry.after["url"] == "https://gateway.example/send"
    assert entry.after["secrets"] == ["password"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM profiles_auditentry t WHERE t::text LIKE"
            " '%hush-hush%'"
        )
        assert cursor.fetchone() == (0,)


def test_everything_paused_is_written_down(client, shop):
    client.post("/admin/alerts/pause/", {"reason": "a fire"})
    assert AuditEntry.objects.filter(verb="alerts-act", target="pause").exists()


def test_a_form_of_limits_is_written_down(client, db):
    address = reverse("admin:campaigns_contactlimit_add")
    client.post(
        address,
        {
            "class_key": "marketing",
            "channel": "",
            "count": "3",
            "days": "7",
            "is_active": "on",
        },
    )
    found = AuditEntry.objects.filter(verb="contactlimit.add").exists()
    assert found == ContactLimit.objects.exists()


def test_a_role_given_is_written_down(client, db):
    other, role = make.make_colleague(), Group.objects.get(name="approver")
    told = {
        "username": other.username,
        "date_joined_0": "2024-01-01",
        "date_joined_1": "10:00:00",
        "is_active": "on",
        "is_staff": "on",
        "groups": [role.pk],
    }
    client.post(reverse("admin:auth_user_change", args=[other.pk]), told)
    assert newest("user.change").target == other.username
    entry = newest("user.groups")
    assert (entry.before, entry.after) == ({"groups": []}, {"groups": ["approver"]})


def test_signing_in_and_failing_to_is_written_down(person):
    person.set_password(PASSWORD)
    person.save()
    fresh = Client()
    fresh.post(
        "/admin/login/", {"username": person.username, "password": "wrong wrong wrong"}
    )
    fresh.post("/admin/login/", {"username": "my-secret-password", "password": "x"})
    fresh.post("/admin/login/", {"username": person.username, "password": PASSWORD})
    fresh.post("/admin/logout/")
    said = [(one.verb, one.target) for one in AuditEntry.objects.order_by("pk")]
    assert said == [
        ("account.login_failed", person.username),
        ("account.login_failed", ""),
        ("account.login", person.username),
        ("account.logout", person.username),
    ]


def test_a_command_says_who_did_it(shop, capsys):
    call_command("campaign", "pause", shop.campaign.name)
    entry = newest("campaign.pause")
    assert (entry.via, entry.target) == ("command", shop.campaign.name)
    assert entry.by
    call_command("campaign", "report", shop.campaign.name)
    assert not AuditEntry.objects.filter(verb="campaign.report").exists()


def test_erasing_names_nobody(client, shop):
    customer = shop.customers[0]
    client.post(
        reverse("erase-person", args=[customer.pk]),
        {"customer_id": customer.external_id},
    )
    with connection.cursor() as cursor:
        for word in (customer.email, customer.last_name, customer.phone):
            cursor.execute(
                "SELECT count(*) FROM profiles_auditentry t WHERE t::text LIKE %s",
                [f"%{word}%"],
            )
            assert cursor.fetchone() == (0,)


def test_looking_and_trying_is_no_act(client, shop):
    for address in (
        "/admin/",
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk]),
    ):
        client.get(address)
    assert not AuditEntry.objects.exclude(verb__startswith="account.").exists()


def test_nobody_rewrites_what_was_done(client, shop):
    press(client, shop.campaign, "pause")
    entry = newest("campaign.pause")
    with pytest.raises(TypeError):
        entry.save()
    address = reverse("admin:profiles_auditentry_change", args=[entry.pk])
    client.post(address, {"by": "somebody else"})
    client.post(
        reverse("admin:profiles_auditentry_delete", args=[entry.pk]), {"post": "yes"}
    )
    assert newest("campaign.pause").by == entry.by


def test_the_page_filters_and_the_file_holds_what_it_shows(client, shop):
    press(client, shop.campaign, "pause")
    press(client, shop.campaign, "resume")
    AuditEntry.objects.create(
        by="=cmd|' /C calc'!A0", verb="campaign.pause", target="＝1+1"
    )
    page = client.get(
        reverse("admin:profiles_auditentry_changelist"), {"verb": "campaign.pause"}
    )
    assert page.status_code == 200
    assert "campaign.resume" not in page.content.decode()
    answer = client.get(
        reverse("admin:profiles_auditentry_export"), {"verb": "campaign.pause"}
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["at", "by", "via"]
    assert {row[4] for row in rows[1:]} == {"campaign.pause"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "＝"))]
    assert newest("auditentry.export").by
    assert (
        client.get(
            reverse(
                "admin:profiles_auditentry_change", args=[newest("campaign.pause").pk]
            )
        ).status_code
        == 200
    )


def test_the_trail_is_for_who_may_see_it(db):
    looker = make.make_colleague()
    looker.user_permissions.set(Permission.objects.exclude(codename="view_auditentry"))
    client = Client()
    client.force_login(looker)
    for name in ("changelist", "export"):
        assert (
            client.get(reverse(f"admin:profiles_auditentry_{name}")).status_code == 403
        )
    assert User.objects.filter(pk=looker.pk).exists()


def test_what_changed_nothing_is_no_act(client, db):
    """A refused form, and the same settings told again, leave no entry."""
    channel = reverse("channel-act", args=["sms", "set"])
    told = {"provider": "gateway", "url": "https://gateway.example/send"}
    assert (
        client.post(channel, {"provider": "gateway", "url": "no url"}).status_code
        == 200
    )
    assert not AuditEntry.objects.filter(verb="channel-act").exists()
    for n in (1, 1):
        client.post(channel, told)
        assert AuditEntry.objects.filter(verb="channel-act").count() == n
    client.post(channel, told | {"url": "https://other.example/send"})
    assert AuditEntry.objects.filter(verb="channel-act").count() == 2
    client.post(reverse("channel-act", args=["sms", "rotate"]))
    assert AuditEntry.objects.filter(verb="channel-act").count() == 3


@pytest.mark.django_db
def test_rows_that_were_written_are_counted():
    with written.counted() as rows:
        User.objects.filter(username="nobody").update(first_name="x")
        list(User.objects.filter(first_name="update delete from"))
        assert rows.n == 0
        make.make_colleague()
    assert rows.n > 0
