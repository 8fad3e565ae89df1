"""Nobody gives rights they don't have; approving is a right of its own; addresses are
masked without theirs.
"""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from campaigns import roles
from campaigns.models import CampaignVersion
from retention_site.lib.admin.masking import masked
from tests import factories as make

State = CampaignVersion.State


@pytest.fixture
def signed_in_with(client, db):
    """Sign somebody in who holds just these rights."""

    def sign_in(*codes: str, groups: tuple[str, ...] = ()) -> User:
        person = make.make_colleague()
        person.user_permissions.set(Permission.objects.filter(codename__in=codes))
        person.groups.set(Group.objects.filter(name__in=groups))
        client.force_login(person)
        return person

    return sign_in


def account_form(user: User, **changes: object) -> dict[str, object]:
    told = {
        "username": user.username,
        "date_joined_0": "2024-01-01",
        "date_joined_1": "10:00:00",
        "is_active": "on",
        "is_staff": "on",
        "user_permissions": [one.pk for one in user.user_permissions.all()],
        "groups": [one.pk for one in user.groups.all()],
    }
    return {**told, **changes}


def change_page(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


PEOPLE = (
    "view_user",
    "change_user",
    "add_user",
    "delete_user",
    "view_group",
    "change_group",
    "add_group",
)


def test_who_may_change_accounts_does_not_become_a_superuser(client, signed_in_with):
    hr = signed_in_with(*PEOPLE)
    for target in (hr, make.make_colleague()):
        client.post(change_page(target), account_form(target, is_superuser="on"))
        target.refresh_from_db()
        assert not target.is_superuser
    client.post(
        reverse("admin:auth_user_add"),
        {
            "username": "new",
            "password1": "a long pass phrase 1",
            "password2": "a long pass phrase 1",
            "is_superuser": "on",
            "usable_password": "true",
        },
    )
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.parametrize("through", ["a permission", "a role"])
def test_nobody_gives_a_right_they_lack(client, signed_in_with, through):
    signed_in_with(*PEOPLE, "view_campaign")
    other = make.make_colleague()
    approve, look = (
        Permission.objects.get(codename=code)
        for code in ("approve_campaign", "view_campaign")
    )
    role = Group.objects.create(name="too much")
    role.permissions.add(approve)
    told = (
        {"user_permissions": [approve.pk]}
        if through == "a permission"
        else {"groups": [role.pk]}
    )
    client.post(change_page(other), account_form(other, **told))
    assert not User.objects.get(pk=other.pk).has_perm("campaigns.approve_campaign")
    client.post(change_page(other), account_form(other, user_permissions=[look.pk]))
    assert User.objects.get(pk=other.pk).has_perm("campaigns.view_campaign")


def test_a_right_one_lacks_is_not_taken_from_others_either(client, signed_in_with):
    signed_in_with(*PEOPLE)
    role = Group.objects.create(name="approvers")
    role.permissions.add(Permission.objects.get(codename="approve_campaign"))
    client.post(
        reverse("admin:auth_group_change", args=[role.pk]),
        {"name": "approvers", "permissions": []},
    )
    assert role.permissions.count() == 1
    signed_in_with(*PEOPLE, "delete_group")
    client.post(reverse("admin:auth_group_delete", args=[role.pk]), {"post": "yes"})
    assert Group.objects.filter(pk=role.pk).exists()


def test_a_role_is_not_filled_with_what_its_maker_lacks(client, signed_in_with):
    signed_in_with(*PEOPLE)
    told = {
        "name": "sly",
        "permissions": [Permission.objects.get(codename="erase_customer").pk],
    }
    client.post(reverse("admin:auth_group_add"), told)
    assert not Group.objects.filter(name="sly").exists()


@pytest.mark.parametrize("mightier", ["superuser", "approver", "oneself"])
def test_the_account_of_somebody_mightier_is_not_taken_over(
    client, signed_in_with, mightier
):
    """Its password would be a way to its rights."""
    hr = signed_in_with(*PEOPLE)
    other = (
        hr
        if mightier == "oneself"
        else make.make_colleague(is_superuser=mightier == "superuser")
    )
    if mightier == "approver":
        other.user_permissions.add(Permission.objects.get(codename="approve_campaign"))
    before = other.password
    address = reverse("admin:auth_user_password_change", args=[other.pk])
    secret = "another long pass phrase"
    answer = client.post(
        address, {"password1": secret, "password2": secret, "usable_password": "true"}
    )
    assert answer.status_code == 403
    client.post(change_page(other), account_form(other, is_active=""))
    client.post(reverse("admin:auth_user_delete", args=[other.pk]), {"post": "yes"})
    other = User.objects.get(pk=other.pk)
    assert (other.password, other.is_active) == (before, True)


def test_roles_come_with_the_shop_and_stay_as_the_shop_changes_them(db):
    assert set(Group.objects.values_list("name", flat=True)) >= set(roles.ROLES)
    support = Group.objects.get(name="support")
    support.permissions.clear()
    Group.objects.filter(name="analyst").delete()
    roles.settle()
    assert not support.permissions.exists()
    assert Group.objects.get(name="analyst").permissions.exists()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("marketer", "campaigns.change_campaign", "campaigns.approve_campaign"),
        ("marketer", "profiles.view_customer", "profiles.view_personal_data"),
        ("approver", "campaigns.approve_campaign", "campaigns.change_campaign"),
        ("analyst", "campaigns.view_effectreport", "campaigns.change_campaign"),
        ("support", "profiles.erase_customer", "campaigns.change_campaign"),
        ("support", "profiles.view_personal_data", "profiles.view_apikey"),
        ("admin", "auth.change_user", ""),
    ],
)
def test_what_a_role_may(db, role, may, may_not):
    person = make.make_colleague()
    person.groups.add(Group.objects.get(name=role))
    assert person.has_perm(may)
    assert not may_not or not person.has_perm(may_not)


def test_approving_is_a_right_of_its_own(client, signed_in_with, shop):
    waiting = shop.campaign.versions.get(state=State.IN_REVIEW)
    address = reverse("admin:campaigns_campaign_do", args=[shop.campaign.pk, "approve"])
    about = {"about": f"{waiting.number}:{waiting.hash}"}
    signed_in_with("view_campaign", "change_campaign", "add_campaign")
    assert client.post(address, about).status_code == 403
    assert (
        "/do/approve/"
        not in client.get(
            reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
        ).content.decode()
    )
    signed_in_with(groups=("approver",))
    page = client.get(
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    ).content.decode()
    assert "/do/approve/" in page
    assert "/do/stop/" not in page
    assert client.post(address, about).status_code == 302
    assert client.post(address.replace("approve", "stop")).status_code == 403


def test_addresses_are_masked_without_their_right(client, signed_in_with, shop):
    person = shop.customers[5]
    pages = [
        reverse("admin:profiles_customer_changelist"),
        reverse("admin:profiles_customer_change", args=[person.pk]),
    ]
    signed_in_with("view_customer")
    assert pages
    for page in pages:
        said = client.get(page).content.decode()
        assert person.email not in said
        assert person.phone not in said
    signed_in_with("view_customer", "view_personal_data")
    assert all(person.email in client.get(page).content.decode() for page in pages)


@pytest.mark.parametrize("field", ["email", "phone", "last_name"])
def test_what_is_masked_is_not_found_by_its_beginning(
    client, signed_in_with, shop, field
):
    person = shop.customers[5]
    search = {"q": getattr(person, field)}
    signed_in_with("view_customer")
    listed = client.get(
        reverse("admin:profiles_customer_changelist"), search
    ).content.decode()
    assert f"/admin/profiles/customer/{person.pk}/change/" not in listed
    signed_in_with("view_customer", "view_personal_data")
    listed = client.get(
        reverse("admin:profiles_customer_changelist"), search
    ).content.decode()
    assert f"/admin/profiles/customer/{person.pk}/change/" in listed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anna@shop.example", "a…@s….example"),
        ("+4930123456", "…56"),
        ("device-token-123", "d…"),
        ("", ""),
        (" ", ""),
    ],
)
def test_a_mask_shows_too_little_to_write_to(text, said):
    assert masked(text) == said
