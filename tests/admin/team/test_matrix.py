"""Role × address × verb: every address of the admin is asked for by every role, by GET
and by POST. What each role may is written down here; nothing breaks, and nobody who may
only look changes anything.
"""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from campaigns.models import Campaign, CampaignVersion, CouponPool, EffectReport, Run
from campaigns.proof.reports import weekly_letter
from campaigns.roles import APPS, ROLES
from profiles.models import (
    AuditEntry,
    Customer,
    HistoryState,
    Item,
    Job,
    QuarantinedRow,
    Segment,
)
from recommender.models import ListRules
from tests import factories as make

pytestmark = pytest.mark.django_db
OWN = ("password_change", "logout", "login", "jsi18n", "second-factor", "sign-ins")
NUMBER = re.compile(r"<int:\w+>|<path:object_id>|<uuid:\w+>|<slug:\w+>|<str:\w+>")
# What each role opens of the places (200), and what is closed to it (403)
OPEN = {
    "admin/": ROLES,
    "admin/team/": ("admin",),
    "admin/team/invite/": ("admin",),
    "admin/sign-ins/": ROLES,
    "admin/auth/user/": ("admin",),
    "admin/auth/group/": ("admin",),
    "admin/profiles/auditentry/": ("admin",),
    "admin/profiles/apikey/": ("admin",),
    "admin/keys/new/": ("admin",),
    "admin/profiles/inboundsource/": ("admin",),
    "admin/channels/": ("admin",),
    "admin/profiles/customer/": ROLES,
    "admin/profiles/segment/": ROLES,
    "admin/campaigns/campaign/": ROLES,
    "admin/campaigns/message/": ROLES,
    "admin/campaigns/effectreport/": ROLES,
    "admin/campaigns/couponpool/": ROLES,
    "admin/profiles/quarantinedrow/": ROLES,
    "admin/quarantine/": ROLES,
    "admin/quarantine/trial/": ("admin", "support"),
    "admin/inbox/": ROLES,
    "admin/programme/": ROLES,
    "admin/recipes/": ROLES,
    "admin/templates/": ROLES,
    "admin/alerts/": ROLES,
    "admin/health/": ROLES,
    "admin/rfm/": ROLES,
    "admin/cohorts/": ROLES,
    "admin/reviews/": ROLES,
}
NUMBERED = (  # what addresses name by number
    Campaign,
    CampaignVersion,
    CouponPool,
    Run,
    Customer,
    Segment,
    Item,
    Job,
)
LOOKERS = ("analyst",)  # who may change nothing at all


def client_of(role: str) -> Client:
    person = make.make_colleague()
    person.groups.add(Group.objects.get(name=role))
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def addresses() -> list[str]:
    """Return every address of the admin, its places filled with the number of a row."""
    found: set[str] = set()

    def walk(patterns, prefix=""):
        for one in patterns:
            path = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, path)
            elif isinstance(one, URLPattern) and path.startswith("admin/"):
                found.add(path)

    walk(get_resolver().url_patterns)
    plain = {path for path in found if "^" not in path and "(?" not in path}
    return sorted(one for one in plain if not any(own in one for own in OWN))


def filled(path: str) -> str:
    kind = re.search(r"admin/(\w+)/(\w+)/<path", path)
    models = {
        one._meta.model_name: one for one in (*NUMBERED, QuarantinedRow, EffectReport)
    }
    row = (
        models[kind[2]].objects.order_by("pk").first()
        if kind and kind[2] in models
        else None
    )
    return "/" + NUMBER.sub(str(row.pk) if row else "1", path)


def facts() -> dict[str, list[tuple]]:
    """Return every row of the shop, roles and rights too. Left out are the audit trail,
    which tells of posts, and the state of the history, which whoever reads brings up to
    date.
    """
    kept = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in (*APPS, "auth")
    ]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in kept
        if model not in (AuditEntry, HistoryState) and model._meta.managed
    }


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_may_open(shop, role):
    client = client_of(role)
    said = {path: client.get(f"/{path}").status_code for path in OPEN}
    assert said == {path: 200 if role in who else 403 for path, who in OPEN.items()}


@pytest.mark.parametrize("role", ROLES)
def test_no_address_breaks_for_any_role_by_get(shop, role):
    client = client_of(role)
    asked = addresses()
    assert len(asked) > 120
    broken = {
        path: status
        for path in asked
        if (status := client.get(filled(path)).status_code) >= 500
    }
    assert broken == {}


@pytest.mark.parametrize("role", LOOKERS)
def test_no_post_of_who_may_only_look_changes_anything(shop, role):
    client = client_of(role)
    Group.objects.create(name=weekly_letter.GROUP)  # to leave it is one's own choice
    ListRules.objects.create()  # looking at them makes those of a new shop
    before = facts()
    broken = {}
    for path in addresses():
        status = client.post(filled(path), {"verb": "save", "post": "yes"}).status_code
        if status >= 500:
            broken[path] = status
    assert broken == {}
    after = facts()
    assert {name for name in before if after[name] != before[name]} == set()


@pytest.mark.parametrize("role", [one for one in ROLES if one not in LOOKERS])
def test_no_post_breaks(shop, role):
    client = client_of(role)
    broken = {
        path: status
        for path in addresses()
        if (status := client.post(filled(path), {"name": "x", "verb": "y"}).status_code)
        >= 500
    }
    assert broken == {}


@pytest.mark.parametrize("how", ["get", "post"])
def test_a_stranger_opens_nothing(shop, how):
    client = Client(raise_request_exception=False)
    opened = {
        path: status
        for path in addresses()
        if (status := getattr(client, how)(filled(path)).status_code)
        not in (302, 301, 403, 404, 405)
    }
    assert opened == {}
