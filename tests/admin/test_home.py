"""The first page says what its viewer may act on, and no amount that is not ripe."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns.models import Alert, CampaignVersion, StoredReport
from campaigns.stats.forecasts.pooling import pool
from retention_site.lib.clock import now
from tests import factories as make
from tests.small_shop import effect

pytestmark = pytest.mark.django_db
HOME = "/admin/"


def home(client: Client) -> str:
    answer = client.get(HOME)
    assert answer.status_code == 200
    return answer.content.decode()


def part(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def with_rights(*rights: str) -> tuple[Client, object]:
    person = make.make_colleague()
    for right in rights:
        app, _dot, code = right.partition(".")
        person.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=code)
        )
    client = Client()
    client.force_login(person)
    return client, person


APPROVES = ("campaigns.view_campaign", "campaigns.approve_campaign")


def test_only_what_i_may_approve_is_asked_of_me(shop):
    client, person = with_rights(*APPROVES)
    version = CampaignVersion.objects.get(state=CampaignVersion.State.IN_REVIEW)
    assert f"Approve “{version.campaign}”" in part(home(client), "next")
    CampaignVersion.objects.filter(pk=version.pk).update(author=person)
    assert "Approve" not in part(home(client), "next")  # never my own
    looks, _person = with_rights("campaigns.view_campaign")
    assert "Approve" not in part(home(looks), "next")


def test_each_thing_that_waits_leads_where_it_is_done(admin_client, shop):
    Alert.objects.create(kind="drift", subject="churn", words="The shop has moved")
    pool_ = make.make_coupon_pool("WIN10", cap=100, n_issued=80)
    made = make.make_effect(
        shop.campaign, shop.run, effect={**effect(0, -1, 1, ""), "refused": "srm"}
    )
    todo = part(home(admin_client), "next")
    for words, address in (
        ("The shop has moved", reverse("alerts")),
        (
            "20 codes left",
            reverse("admin:campaigns_couponpool_change", args=[pool_.pk]),
        ),
        (
            "has no verdict",
            reverse("admin:campaigns_effectreport_change", args=[made.pk]),
        ),
        ("2 rows wait", reverse("admin:profiles_quarantinedrow_changelist")),
    ):
        assert words in todo
        assert f'href="{address}"' in todo


def test_a_pool_that_is_full_or_was_never_used_does_not_wait(admin_client):
    make.make_coupon_pool("FULL", cap=1000, n_issued=100)
    make.make_coupon_pool("NEW", cap=10, n_issued=0)
    assert "runs low" not in home(admin_client)


def test_a_report_is_dated_until_it_can_be_read(admin_client, shop):
    made = make.make_effect(
        shop.campaign, shop.run, effect=effect(1, 0, 2, ""), as_of=now().isoformat()
    )
    made.window_to = now() + timedelta(days=9)
    made.save()
    assert "can be read on" in part(home(admin_client), "next")


def programme(*, is_early: bool) -> None:
    amount = {"value": 12400.0, "low": 7300.0, "high": 17500.0}
    money = {
        "currency": "USD",
        "incremental_revenue": amount,
        "profit": amount,
        "cost": {"coupons": 0, "sending": 1260.0, "total": 1260.0},
        "is_sending_priced": True,
    }
    result = {
        "days": 61,
        "share": 0.05,
        "refused": None,
        "is_early": is_early,
        "sentence": "Too early to say.",
        "money": money,
        "effect": {"daily": []},
    }
    StoredReport.objects.create(
        kind=StoredReport.Kind.PROGRAMME, as_of=now(), result=result, computed_at=now()
    )


def test_the_programmes_money_stands_with_its_ends_once_it_is_ripe(admin_client):
    programme(is_early=False)
    told = part(home(admin_client), "money")
    assert "$12,400" in told
    assert "$7,300" in told
    assert "$17,500" in told


def test_no_amount_stands_while_its_window_is_not_ripe(admin_client):
    programme(is_early=True)
    told = part(home(admin_client), "money")
    assert "Too early to say." in told
    assert "$" not in told


def test_what_runs_is_shown_with_its_progress(admin_client, shop):
    assert str(shop.campaign) in part(home(admin_client), "running")


def lapsing(n: int) -> None:
    cache.clear()  # counts are remembered for a minute
    for _each in range(n):
        make.make_portrait(make.make_customer(), lifecycle="lapsing")


def test_an_idea_names_how_many_and_what_such_campaigns_brought(admin_client, shop):
    lapsing(12)
    make.make_portrait(make.make_customer(), lifecycle="new")
    before = part(home(admin_client), "ideas")
    assert "12 customers" in before
    # checks and simulations say nothing; it is said once for all of them
    assert before.count("no gain can be expected yet") == 1
    make.make_effect(shop.campaign, shop.run, effect=effect(1, 0, 2, "undecided"))
    after = part(home(admin_client), "ideas")
    assert "+$25.20" in after  # 12 customers, 2.10 each
    assert "-$17.23 and +$67.63" in after.replace("−", "-")


def test_an_idea_opens_as_a_draft_or_version_of_ones_own(admin_client):
    lapsing(3)
    address = reverse("recipe-start", args=["win_back"])
    assert f'action="{address}"' in part(home(admin_client), "ideas")
    assert admin_client.post(address).status_code == 302
    assert CampaignVersion.objects.exists() or shop_has_draft()


def shop_has_draft() -> bool:
    from campaigns.models import Draft

    return Draft.objects.exists()


def test_who_may_not_begin_one_sees_no_ideas():
    lapsing(3)
    client, _person = with_rights("campaigns.view_campaign", "profiles.view_customer")
    assert 'id="ideas"' not in home(client)


def test_past_effects_are_pooled_as_published():
    """Seven trials of streptokinase type spread: the book example of Borenstein et al. (2009), table 14.1."""
    effects = [0.0954, 0.2774, 0.3665, 0.6644, 0.4618, 0.1852]
    variances = [0.0333, 0.0311, 0.0500, 0.0107, 0.0434, 0.0230]
    pooled = pool(effects, [v**0.5 for v in variances])
    assert pooled.mean == pytest.approx(0.3582, abs=0.002)
    tau2 = 0.0372
    half = 1.959964 * (0.1055**2 + tau2) ** 0.5
    assert pooled.high - pooled.mean == pytest.approx(half, abs=0.005)


def test_nothing_is_pooled_of_nothing():
    assert pool([], []) is None
    assert pool([1.0], [0.0]) is None
