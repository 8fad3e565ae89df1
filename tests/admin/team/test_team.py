"""A colleague is invited by mail, gets a role by radio, and loses all of it at once when
the account is closed.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_string
from email.policy import default

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from campaigns.roles import GRANTS, ROLES
from campaigns.team import invitations, members
from profiles.models import AuditEntry, Invitation, SecondFactorRule
from profiles.second_factor import devices
from retention_site.lib.admin.sessions import sign_ins
from retention_site.lib.clock import real_now
from tests import factories as make
from tests.sending import local_sinks, shop, taken  # noqa: F401

ADDRESS = "anna@shop.example"
NEW = {
    "username": "anna",
    "full_name": "Anna Berg",
    "password": "a quite long phrase 7",
    "again": "a quite long phrase 7",
}


@pytest.fixture
def boss(db):
    return in_role("admin")


@pytest.fixture
def client(boss) -> Client:
    return signed_in(boss)


def in_role(name: str) -> User:
    person = make.make_colleague()
    person.groups.add(Group.objects.get(name=name))
    return person


def signed_in(person: User, **more: str) -> Client:
    made = Client(**more)
    made.force_login(person)
    return made


def invited(by: User, role: str = "marketer", email: str = ADDRESS) -> str:
    """Return the path of a new invitation's link."""
    link = invitations.invite(email, role, by=by)[1]
    return "/" + link.split("/", 3)[3]


def team_page(member: User) -> str:
    return reverse("admin:team-member", args=[member.pk])


def rights(person: User) -> set[str]:
    return User.objects.get(pk=person.pk).get_all_permissions()


def entry(verb: str) -> AuditEntry:
    return AuditEntry.objects.filter(verb=verb).latest("pk")


# The way in


def test_an_invitation_by_clicking_ends_in_an_account_with_its_role(client):
    page = client.post(
        reverse("admin:team-invite"), {"email": ADDRESS, "role": "marketer"}
    ).content.decode()
    link = page.partition('id="link">')[2].partition("<")[0]
    path = "/" + link.split("/", 3)[3]
    guest = Client()
    assert "Marketer" in guest.get(path).content.decode()
    answer = guest.post(path, NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    anna = User.objects.get(username="anna")
    assert [one.name for one in anna.groups.all()] == ["marketer"]
    assert (anna.email, anna.first_name, anna.last_name) == (ADDRESS, "Anna", "Berg")
    assert anna.is_staff
    assert not anna.is_superuser
    assert guest.get("/admin/").status_code == 200
    assert anna.check_password(NEW["password"])
    assert "Anna Berg" in client.get(reverse("admin:team")).content.decode()


def test_looking_at_a_link_uses_nothing_up(boss):
    path = invited(boss)
    for _ in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert Client().post(path, NEW).status_code == 302


@pytest.mark.parametrize("how", ["used", "old", "withdrawn", "replaced", "made up"])
def test_a_link_is_good_once_and_for_a_while(boss, how):
    path = invited(boss)
    rows = Invitation.objects.all()
    match how:
        case "used":
            assert Client().post(path, NEW).status_code == 302
        case "old":
            rows.update(expires_at=real_now() - timedelta(seconds=1))
        case "withdrawn":
            assert invitations.withdraw(rows.get(), by=boss)
        case "replaced":
            invited(boss)
        case "made up":
            path = path[:-3] + "xyz/"[: 3 if not path.endswith("/") else 4]
    n = User.objects.count()
    guest = Client()
    assert guest.get(path).status_code == 410
    assert guest.post(path, NEW | {"username": "second"}).status_code == 410
    assert User.objects.count() == n
    assert guest.get("/admin/").status_code == 302


@pytest.mark.parametrize("how", ["closed", "poorer"])
def test_a_link_is_void_when_who_sent_it_could_send_it_no_more(boss, how):
    path = invited(boss)
    if how == "closed":
        members.deactivate(boss, by=make.make_colleague(is_superuser=True))
        User.objects.filter(pk=boss.pk).update(is_active=True)
    else:
        boss.groups.set([Group.objects.get(name="analyst")])
    assert Client().post(path, NEW).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_the_same_link_one_gets_in():
    path = invited(in_role("admin"))

    def join(name: str) -> int:
        try:
            return Client().post(path, NEW | {"username": name}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(join, ("one", "two", "three", "four")))
    assert sorted(said) == [302, 410, 410, 410]
    assert User.objects.filter(email=ADDRESS).count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short", "again": "short"},
        {"password": "password1234", "again": "password1234"},
        {"again": "something else 123"},
        {"username": ""},
        {"username": "no such thing"},
        {"username": "taken"},
        {"username": "x" * 151},
    ],
)
def test_what_is_typed_wrong_is_said_and_the_link_still_works(boss, wrong):
    make.make_marketer("taken")
    path = invited(boss)
    answer = Client().post(path, NEW | wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Client().post(path, NEW).status_code == 302


def test_the_database_holds_no_link(boss):
    token = invited(boss).strip("/").rpartition("/")[2]
    assert len(token) > 40
    with connection.cursor() as cursor:
        for table in ("profiles_invitation", "profiles_auditentry"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            rows = "".join(row for (row,) in cursor.fetchall())
            assert rows
            assert token not in rows


def test_a_mail_that_did_not_go_is_said(client, monkeypatch):
    monkeypatch.setattr(invitations, "mail", lambda *_: False)
    page = client.post(
        reverse("admin:team-invite"), {"email": ADDRESS, "role": "analyst"}
    ).content.decode()
    assert "could not be sent" in page


@pytest.mark.parametrize(
    ("email", "role"),
    [("no address", "analyst"), (ADDRESS, ""), (ADDRESS, "superuser"), ("", "analyst")],
)
def test_an_invitation_without_sense_is_refused(client, email, role):
    page = client.post(
        reverse("admin:team-invite"), {"email": email, "role": role}
    ).content.decode()
    assert 'role="alert"' in page
    assert not Invitation.objects.exists()


def test_who_is_in_the_team_is_not_invited_twice(boss):
    User.objects.filter(pk=boss.pk).update(email=ADDRESS.upper())
    with pytest.raises(ValidationError, match="already"):
        invitations.invite(ADDRESS, "analyst", by=boss)


# Who may change whom


@pytest.mark.parametrize("role", [one for one in ROLES if one != "admin"])
def test_nobody_but_an_admin_gives_a_role(role, boss):
    person, other = in_role(role), in_role("analyst")
    before = {one.pk: rights(one) for one in (person, other)}
    client = signed_in(person)
    for target in (person, other, boss):
        for verb in ("save", "deactivate", "sign_out", "reset_second_factor"):
            told = {"verb": verb, "role": "admin", "grant": list(GRANTS)}
            assert client.post(team_page(target), told).status_code == 403
    told = {"email": ADDRESS, "role": "admin"}
    assert client.post(reverse("admin:team-invite"), told).status_code == 403
    told = {"role": ["admin"]}
    assert client.post(reverse("admin:team-second-factor"), told).status_code == 403
    assert {one.pk: rights(one) for one in (person, other)} == before
    assert not Invitation.objects.exists()
    assert not SecondFactorRule.objects.exists()
    assert User.objects.filter(is_active=False).count() == 0


def test_nobody_changes_themselves(boss, client):
    for verb in ("save", "deactivate"):
        told = {"verb": verb, "role": "analyst"}
        assert client.post(team_page(boss), told).status_code == 403
    boss.is_superuser = True
    boss.save()
    told = {"verb": "deactivate"}
    assert signed_in(boss).post(team_page(boss), told).status_code == 403


def test_an_admin_changes_no_superuser(client):
    other = make.make_colleague(is_superuser=True)
    for verb in ("save", "deactivate", "reset_second_factor"):
        told = {"verb": verb, "role": "analyst"}
        assert client.post(team_page(other), told).status_code == 403


def test_who_manages_people_with_fewer_rights_gives_no_more_than_their_own(db):
    hr = make.make_colleague()
    codes = ("view_user", "add_user", "change_user", "view_campaign")
    hr.user_permissions.set(Permission.objects.filter(codename__in=codes))
    new = make.make_colleague()
    client = signed_in(hr)
    told = {"verb": "save", "role": "admin", "grant": ["campaigns.approve_campaign"]}
    client.post(team_page(new), told)
    assert rights(new) == set()
    page = client.post(
        reverse("admin:team-invite"), {"email": ADDRESS, "role": "admin"}
    )
    assert "holds rights that you don" in page.content.decode()
    with pytest.raises(PermissionDenied):
        members.require_second_factor(["admin"], by=hr)
    assert (
        "disabled><span><b>Admin"
        in client.get(reverse("admin:team-invite")).content.decode()
    )


def test_a_role_by_radio_and_a_right_beside_it(client):
    person = in_role("analyst")
    told = {
        "verb": "save",
        "role": "marketer",
        "grant": ["profiles.view_personal_data", "auth.add_user", "nonsense"],
    }
    assert client.post(team_page(person), told).status_code == 302
    assert {"campaigns.change_campaign", "profiles.view_personal_data"} <= rights(
        person
    )
    assert "auth.add_user" not in rights(person)
    found = entry("team.change")
    assert found.before == {"groups": ["analyst"], "rights": []}
    assert found.after == {"groups": ["marketer"], "rights": ["view_personal_data"]}
    client.post(team_page(person), {"verb": "save", "role": "marketer"})
    assert "profiles.view_personal_data" not in rights(person)


def test_rights_and_groups_of_the_shops_own_stay(client):
    person = in_role("analyst")
    own = Permission.objects.get(codename="view_apikey")
    person.user_permissions.add(own)
    person.groups.add(Group.objects.create(name="night shift"))
    client.post(team_page(person), {"verb": "save", "role": "support"})
    assert {one.name for one in person.groups.all()} == {"support", "night shift"}
    assert own in person.user_permissions.all()


def test_nobody_works_with_two_roles(client):
    """Else a marketer would keep writing who was made an approver."""
    person = in_role("marketer")
    client.post(team_page(person), {"verb": "save", "role": "approver"})
    assert "campaigns.change_campaign" not in rights(person)


# What ends with an account


def test_a_closed_account_opens_nothing(client):
    person = make.make_marketer("leaver", is_superuser=False)
    person.groups.add(Group.objects.get(name="marketer"))
    theirs = signed_in(person)
    assert theirs.get("/admin/").status_code == 200
    client.post(team_page(person), {"verb": "deactivate"})
    assert theirs.get("/admin/").status_code == 302
    assert sign_ins.of(person) == []
    fresh = Client()
    fresh.post("/admin/login/", {"username": "leaver", "password": make.PASSWORD})
    assert fresh.get("/admin/").status_code == 302
    client.post(team_page(person), {"verb": "activate"})
    assert theirs.get("/admin/").status_code == 302  # the old cookie stays worthless
    fresh.post("/admin/login/", {"username": "leaver", "password": make.PASSWORD})
    assert fresh.get("/admin/").status_code == 200
    assert entry("team.deactivate").after == {"is_active": False, "sign_ins_ended": 1}


def test_ones_own_sign_ins_are_listed_and_ended(boss):
    here = signed_in(boss, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/150.0")
    there, third = signed_in(boss), signed_in(boss)
    stranger = signed_in(in_role("analyst"))
    address = reverse("admin:sign-ins")
    for one in (here, there, third, stranger):
        one.get("/admin/")
    assert address
    page = here.get(address).content.decode()
    assert page.count('name="only"') == 2
    assert not any(
        one.cookies["sessionid"].value in page for one in (here, there, third)
    )
    name = next(one.name for one in sign_ins.of(boss) if one.name in page)
    here.post(address, {"only": name})
    here.post(address)
    assert there.get("/admin/").status_code == 302
    assert third.get("/admin/").status_code == 302
    assert here.get("/admin/").status_code == 200
    assert stranger.get("/admin/").status_code == 200


def test_a_sign_in_of_another_is_not_ended_by_its_name(boss):
    other = in_role("analyst")
    theirs = signed_in(other)
    theirs.get("/admin/")
    (found,) = sign_ins.of(other)
    signed_in(boss).post(reverse("admin:sign-ins"), {"only": found.name})
    assert theirs.get("/admin/").status_code == 200


def test_where_one_signed_in_is_told(db):
    person = make.make_marketer("anna")
    there = Client(
        HTTP_USER_AGENT="Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Chrome/140 Safari/537",
        REMOTE_ADDR="203.0.113.7",
    )
    there.post("/admin/login/", {"username": "anna", "password": make.PASSWORD})
    (found,) = sign_ins.of(person)
    assert (found.program, found.address) == ("Chrome on macOS", "203.0.113.7")
    page = there.get(reverse("admin:sign-ins")).content.decode()
    assert "203.0.113.7" in page


# The second factor by role


def test_a_second_factor_is_asked_of_a_role_by_ticking(client):
    marketer = in_role("marketer")
    theirs = signed_in(marketer)
    assert theirs.get("/admin/").status_code == 200
    client.post(reverse("admin:team-second-factor"), {"role": ["marketer", "nonsense"]})
    assert devices.is_required(marketer)
    assert theirs.get("/admin/")["Location"] == reverse("second-factor")
    assert entry("team.require_second_factor").after == {"roles": ["marketer"]}
    client.post(reverse("admin:team-second-factor"), {})
    assert theirs.get("/admin/").status_code == 200


def test_a_lost_phone_is_forgotten_by_an_admin(client):
    person = in_role("marketer")
    devices.begin(person)
    devices.AuthenticatorDevice.objects.update(confirmed=True)
    assert devices.has_one(person)
    client.post(team_page(person), {"verb": "reset_second_factor"})
    assert not devices.has_one(person)


# The page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_open(client, boss, language):
    client.cookies["django_language"] = language
    invited(boss)
    person = in_role("support")
    for address in (
        reverse("admin:team"),
        reverse("admin:team-invite"),
        reverse("admin:sign-ins"),
        team_page(person),
        team_page(boss),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address


def test_the_teams_page_asks_no_more_for_more_people(
    client, django_assert_max_num_queries
):
    for _ in range(3):
        in_role("analyst")
    client.get(reverse("admin:team"))
    with django_assert_max_num_queries(25):
        client.get(reverse("admin:team"))
    for _ in range(30):
        in_role("marketer")
    with django_assert_max_num_queries(25):
        client.get(reverse("admin:team"))


def test_the_page_is_for_who_may_see_accounts(db):
    client = signed_in(in_role("analyst"))
    assert client.get(reverse("admin:team")).status_code == 403
    assert reverse("admin:team") not in client.get("/admin/").content.decode()
    assert client.get(reverse("admin:sign-ins")).status_code == 200


@pytest.mark.parametrize("name", ["team-withdraw", "team-second-factor"])
def test_what_changes_something_is_posted(client, boss, name):
    invited(boss)
    args = [Invitation.objects.get().pk] if name == "team-withdraw" else []
    assert client.get(reverse(f"admin:{name}", args=args)).status_code == 405


# The mail


def test_the_link_goes_by_mail_over_a_real_server(client, settings, local_sinks):  # noqa: F811
    page = client.post(
        reverse("admin:team-invite"), {"email": ADDRESS, "role": "analyst"}
    ).content.decode()
    assert "on its way" in page
    (letter,) = taken()
    assert letter["to"] == [ADDRESS]
    link = page.partition('id="link">')[2].partition("<")[0]
    said = message_from_string(letter["raw"], policy=default)
    assert link in said.get_body(("plain",)).get_content()


def test_a_mail_server_that_is_away_still_gives_the_link(client, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    page = client.post(
        reverse("admin:team-invite"), {"email": ADDRESS, "role": "analyst"}
    ).content.decode()
    assert "could not be sent" in page
    path = "/" + page.partition('id="link">')[2].partition("<")[0].split("/", 3)[3]
    assert Client().get(path).status_code == 200
