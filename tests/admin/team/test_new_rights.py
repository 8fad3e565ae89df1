"""A new release brings new rights to the roles that are there, and gives back none that
the shop took away.
"""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from campaigns import roles
from profiles.models import AuditEntry, GivenRights

pytestmark = pytest.mark.django_db
RELEASE = import_module("profiles.migrations.0030_rights_that_roles_came_with")
NEW = {
    "marketer": (
        "profiles.add_importfile",
        "profiles.add_savedmapping",
        "campaigns.change_shoprule",
        "campaigns.view_pointslot",
    ),
    "analyst": ("profiles.view_importfile", "campaigns.view_draft"),
    "admin": ("campaigns.delete_shoprule",),
}
TAKEN = {
    "marketer": "campaigns.change_template",
    "support": "profiles.erase_customer",
    "approver": "campaigns.approve_campaign",
    "analyst": "profiles.view_customer",
    "admin": "auth.delete_user",
}


def right(name: str) -> Permission:
    app, code = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=code)


def has(role: str, name: str) -> bool:
    app, code = name.split(".")
    return (
        Group.objects.get(name=role)
        .permissions.filter(content_type__app_label=app, codename=code)
        .exists()
    )


@pytest.fixture
def last_release():
    """The roles as the release before left them: no memory, no right of later models."""
    GivenRights.objects.all().delete()
    Permission.objects.filter(content_type__model__in=RELEASE.LATER).delete()
    for role, name in TAKEN.items():
        Group.objects.get(name=role).permissions.remove(right(name))


def migrate() -> None:
    RELEASE.remember(apps, None)
    for app in roles.APPS:
        create_permissions(apps.get_app_config(app), verbosity=0)
    roles.settle()


def test_roles_of_the_last_release_get_what_is_new(last_release):
    assert not any(
        Permission.objects.filter(codename=name.split(".")[1]).exists()
        for names in NEW.values()
        for name in names
    )
    migrate()
    assert all(has(role, name) for role, names in NEW.items() for name in names)
    assert not has("analyst", "profiles.add_importfile")


def test_a_shop_between_the_releases_gets_them_too(last_release):
    for app in roles.APPS:  # they were made, and no role had them
        create_permissions(apps.get_app_config(app), verbosity=0)
    migrate()
    assert all(has(role, name) for role, names in NEW.items() for name in names)


@pytest.mark.parametrize("role", roles.ROLES)
def test_what_a_shop_took_away_stays_taken(last_release, role):
    migrate()
    assert not has(role, TAKEN[role])


def test_a_new_right_that_was_taken_stays_taken_at_the_next_release(last_release):
    migrate()
    name = NEW["marketer"][0]
    Group.objects.get(name="marketer").permissions.remove(right(name))
    roles.settle()
    assert not has("marketer", name)
    right(name).delete()  # a right that goes and comes back has another number
    create_permissions(apps.get_app_config("profiles"), verbosity=0)
    roles.settle()
    assert not has("marketer", name)


def test_roles_end_like_those_of_a_new_shop(last_release):
    migrate()
    for role, name in TAKEN.items():
        Group.objects.get(name=role).permissions.add(right(name))
    grown = {
        one.name: set(one.permissions.values_list("pk", flat=True))
        for one in Group.objects.filter(name__in=roles.ROLES)
    }
    Group.objects.filter(name__in=roles.ROLES).delete()
    roles.settle()
    new = {
        one.name: set(one.permissions.values_list("pk", flat=True))
        for one in Group.objects.filter(name__in=roles.ROLES)
    }
    assert grown == new


def test_a_group_of_the_shops_own_under_that_name_is_left_alone():
    Group.objects.filter(name="analyst").delete()
    own = Group.objects.create(name="analyst")
    roles.settle()
    roles.settle()
    assert not own.permissions.exists()


def test_the_audit_says_what_a_role_was_given(last_release):
    migrate()
    said = AuditEntry.objects.get(verb="role.extended", target="marketer")
    assert NEW["marketer"][0].replace(".", ".importfile.", 1) in said.after["given"]
    migrated = AuditEntry.objects.count()
    roles.settle()
    assert AuditEntry.objects.count() == migrated


def test_nothing_is_asked_of_a_shop_that_goes_back(django_assert_num_queries):
    class Older:
        def get_model(self, name):
            raise LookupError(name)

    with django_assert_num_queries(2):  # the savepoint alone
        roles.settle(apps=Older())
