"""A second factor is set up by clicking, asked for at each sign-in, and can be required
by role.
"""

import re
from base64 import b32decode
from datetime import timedelta
from importlib import import_module
from time import time

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from profiles.models import (
    AuditEntry,
    AuthenticatorDevice,
    RecoveryDevice,
    SecondFactorRule,
)
from profiles.second_factor import devices
from tests import factories as make

PASSWORD = "a long pass phrase"
OLD_TABLES = """
    CREATE TABLE otp_totp_totpdevice (
        id bigserial, user_id int, name text, confirmed bool, key text, step int,
        t0 bigint, digits int, tolerance int, drift int, last_t bigint,
        created_at timestamptz, last_used_at timestamptz);
    CREATE TABLE otp_static_staticdevice (id bigint, user_id int);
    CREATE TABLE otp_static_statictoken (id bigint, device_id bigint, token text)
"""
OWN, CHECK = "/admin/second-factor/", "/admin/second-factor/check/"


class Editor:
    """What a migration is given."""

    connection = connection


@pytest.fixture
def person(db):
    made = make.make_colleague(is_superuser=True)
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(person) -> Client:
    client = Client()
    client.post("/admin/login/", {"username": person.username, "password": PASSWORD})
    return client


def code_of(page: str, *, ahead: int = 0) -> str:
    """Read the key from the page as a person with an app does, and return the app's
    code.
    """
    key = re.search(r'id="otp-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    return f"{totp(b32decode(key + '=' * (-len(key) % 8)), drift=ahead):06}"


@pytest.fixture
def set_up(person):
    """Set a second factor up by clicking; return the client, the device and the
    recovery codes.
    """
    client = sign_in(person)
    page = client.post(
        OWN, {"verb": "confirm", "code": code_of(client.get(OWN).content.decode())}
    ).content.decode()
    codes = re.findall(r'<code class="r-chip r-mono">([0-9a-f]{10})</code>', page)
    assert len(codes) == devices.N_RECOVERY_CODES
    return client, AuthenticatorDevice.objects.get(user=person), codes


def later(device: AuthenticatorDevice) -> str:
    """Return the code of the next half minute: none is taken twice."""
    return f"{totp(device.bin_key, drift=1):06}"


def unthrottled(person) -> None:
    for device in (
        *AuthenticatorDevice.objects.filter(user=person),
        *RecoveryDevice.objects.filter(user=person),
    ):
        device.throttle_reset()


def test_it_is_set_up_by_clicking_and_goes_on_without_asking(set_up, person):
    client, device, _codes = set_up
    assert device.confirmed
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(
        verb="account.second_factor_set_up", account=person
    ).exists()


def test_the_picture_is_drawn_here(person):
    page = sign_in(person).get(OWN).content.decode()
    assert 'src="data:image/svg+xml' in page


def test_a_wrong_code_sets_nothing_up(person):
    client = sign_in(person)
    client.get(OWN)
    client.post(OWN, {"verb": "confirm", "code": "000000"})
    assert not devices.has_one(person)


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/profiles/customer/", "/admin/auth/user/", "/admin/inbox/"],
)
def test_a_password_alone_opens_no_page(set_up, person, path):
    answer = sign_in(person).get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith(CHECK)


@pytest.mark.parametrize("path", [OWN, "/admin/profiles/apikey/"])
def test_nor_does_it_post_anything(set_up, person, path):
    answer = sign_in(person).post(path, {"verb": "renew"})
    assert answer["Location"].startswith(CHECK)
    assert devices.has_one(person)


def test_the_code_of_the_app_opens_and_leads_on(set_up, person):
    client, (_old, device, _codes) = sign_in(person), set_up
    answer = client.post(CHECK, {"code": later(device), "next": "/admin/auth/user/"})
    assert answer["Location"] == "/admin/auth/user/"
    assert client.get("/admin/").status_code == 200
    again = sign_in(person)
    again.post(CHECK, {"code": later(device)})
    assert again.get("/admin/").status_code == 302  # a code is good once


@pytest.mark.parametrize(
    "onwards", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_the_way_on_leads_nowhere_else(set_up, person, onwards):
    _client, device, _codes = set_up
    answer = sign_in(person).post(CHECK, {"code": later(device), "next": onwards})
    assert answer["Location"] == "/admin/"


def test_a_recovery_code_is_good_once(set_up, person):
    _client, _device, codes = set_up
    first, second = sign_in(person), sign_in(person)
    first.post(CHECK, {"code": codes[0].upper()})
    assert first.get("/admin/").status_code == 200
    unthrottled(person)
    second.post(CHECK, {"code": codes[0]})
    assert second.get("/admin/").status_code == 302


def test_codes_are_not_guessed_one_after_the_other(set_up, person):
    _client, device, codes = set_up
    client = sign_in(person)
    for guess in range(5):
        client.post(CHECK, {"code": f"{guess:06}"})
    client.post(CHECK, {"code": later(device)})
    # the right one, too, has to wait now
    assert client.get("/admin/").status_code == 302
    assert AuditEntry.objects.filter(verb="account.second_factor_failed").count() == 6
    assert codes


@pytest.mark.parametrize("wanted", [["everybody"], ["marketer"]])
def test_a_role_may_be_asked_for_one(person, settings, wanted):
    settings.SECOND_FACTOR = wanted
    marketer = make.make_colleague()
    marketer.set_password(PASSWORD)
    marketer.save()
    marketer.groups.add(Group.objects.get(name="marketer"))
    client = sign_in(marketer)
    assert client.get("/admin/")["Location"] == OWN
    page = client.get(OWN).content.decode()
    assert "Your role asks for a second factor" in page
    client.post(OWN, {"verb": "confirm", "code": code_of(page)})
    assert client.get("/admin/").status_code == 200
    assert (sign_in(person).get("/admin/").status_code == 200) == (
        wanted == ["marketer"]
    )


def test_who_is_signed_in_already_is_asked_too(person, settings):
    client = sign_in(person)
    assert client.get("/admin/").status_code == 200
    settings.SECOND_FACTOR = ["everybody"]
    assert client.get("/admin/")["Location"] == OWN


def test_removing_asks_for_a_code(set_up, person):
    client, device, _codes = set_up
    client.post(OWN, {"verb": "remove", "code": "000000"})
    assert devices.has_one(person)
    unthrottled(person)
    client.post(OWN, {"verb": "remove", "code": later(device)})
    assert not devices.has_one(person)


def test_a_lost_phone_is_forgotten_by_a_command(set_up, person, capsys):
    call_command("second_factor", "reset", person.username)
    assert not devices.has_one(person)
    assert sign_in(person).get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(
        verb="second_factor.reset", target=person.username
    ).exists()


def test_a_sign_in_ends_when_nobody_works(person, settings, monkeypatch):
    client = sign_in(person)
    assert client.get("/admin/").status_code == 200
    (session,) = Session.objects.all()
    assert session.expire_date - timezone.now() <= timedelta(hours=8)
    moment = time()
    monkeypatch.setattr(
        "retention_site.lib.admin.sessions.session_limits.time",
        lambda: moment + 9 * 3600,
    )
    assert client.get("/admin/").status_code == 302


def test_a_sign_in_ends_at_last_however_much_one_works(person, monkeypatch):
    client, moment = sign_in(person), time()
    for hours in range(0, 8 * 24, 4):
        monkeypatch.setattr(
            "retention_site.lib.admin.sessions.session_limits.time",
            lambda hours=hours: moment + hours * 3600,
        )
        status = client.get("/admin/").status_code
        assert status == (200 if hours < 7 * 24 else 302), hours


@pytest.mark.parametrize("is_similar", [True, False])
def test_a_password_like_the_name_is_refused(db, is_similar):
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    person = make.make_colleague()
    person.username = "annabergmann"
    if is_similar:
        with pytest.raises(ValidationError):
            validate_password("annabergmann1", person)
    else:
        validate_password("quite another phrase", person)


def test_nobody_reads_the_keys_of_others_in_the_admin():
    from django.contrib import admin

    assert not admin.site.is_registered(AuthenticatorDevice)
    assert not admin.site.is_registered(RecoveryDevice)


def test_the_database_holds_neither_key_nor_code(set_up, person):
    """Who steals a backup signs in with nothing of it."""
    _client, device, codes = set_up
    key = device.bin_key.hex()
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    assert device.sealed_key in "".join(found)
    assert not [row for row in found if key in row or key.upper() in row]
    assert not [row for row in found for code in codes if code in row]


def test_a_recovery_code_of_one_opens_no_other_account(set_up, person):
    _client, _device, codes = set_up
    recovery = RecoveryDevice.objects.get(user=person)
    other = RecoveryDevice(user=make.make_colleague(), name="recovery")
    assert other.digest(codes[0]) not in recovery.digests
    assert recovery.digest(codes[0]) in recovery.digests


def test_what_was_kept_in_plain_text_is_sealed_and_goes_on_working(person):
    """Devices of django-otp's own tables are taken over, and the tables go."""
    module = import_module("profiles.migrations.0026_team_and_sealed_second_factors")
    key, code = "31" * 20, "0123456789"
    with connection.cursor() as cursor:
        cursor.execute(OLD_TABLES)
        cursor.execute(
            "INSERT INTO otp_totp_totpdevice (user_id, name, confirmed, key, step, t0,"
            " digits, tolerance, drift, last_t) VALUES"
            " (%s, 'app', true, %s, 30, 0, 6, 1, 0, -1)",
            [person.pk, key],
        )
        cursor.execute(
            "INSERT INTO otp_static_staticdevice VALUES (1, %s)", [person.pk]
        )
        cursor.execute("INSERT INTO otp_static_statictoken VALUES (1, 1, %s)", [code])
    module.seal(apps, Editor)
    device = AuthenticatorDevice.objects.get(user=person)
    assert device.bin_key.hex() == key
    assert key not in device.sealed_key
    client = sign_in(person)
    client.post(CHECK, {"code": f"{totp(bytes.fromhex(key)):06}"})
    assert client.get("/admin/").status_code == 200
    assert devices.check(person, code)
    assert not devices.check(person, code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('otp_totp_totpdevice')")
        assert cursor.fetchone() == (None,)


def test_a_changed_key_of_the_shop_leaves_the_app_working(set_up, person, settings):
    _client, device, _codes = set_up
    key = device.bin_key
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the second key " * 4
    call_command("rotate_keys")
    settings.SECRET_KEY_FALLBACKS = []
    assert AuthenticatorDevice.objects.get(user=person).bin_key == key


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "１２３４５６", "-12345", "abc"]
)
def test_what_is_no_code_is_none(set_up, person, code):
    assert not devices.check(person, code)


def test_a_role_is_asked_for_one_by_the_teams_page(person):
    marketer = make.make_colleague()
    marketer.groups.add(Group.objects.get(name="marketer"))
    client = Client()
    client.force_login(marketer)
    assert client.get("/admin/").status_code == 200
    SecondFactorRule.objects.create(role=Group.objects.get(name="marketer"))
    assert client.get("/admin/")["Location"] == OWN
    assert sign_in(person).get("/admin/").status_code == 200


def test_a_password_alone_changes_no_password(set_up, person):
    answer = sign_in(person).get("/admin/password_change/")
    assert answer["Location"].startswith(CHECK)
