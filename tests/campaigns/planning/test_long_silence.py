"""Who has not answered for long gets less, then nothing; a few are exempt by lot, and
against them it is measured.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.content import shop_rules
from campaigns.content.parse import read
from campaigns.models import Campaign, Message, StoredReport, SunsetCase, Touchpoint
from campaigns.planning import message_planner
from campaigns.planning.audiences.silence import exempt
from campaigns.planning.decide import SILENT_LESS, SILENT_NOTHING
from campaigns.proof.reports import sunset_report
from profiles import history
from retention_site.lib.clock import now
from tests import factories
from tests.sending import make_approved_for

pytestmark = pytest.mark.django_db
LONG, VERY_LONG = 250, 500  # days


def written(person, *days_ago: int, kind: str = "marketing") -> list[Message]:
    """Messages that reached somebody so many days ago."""
    campaign = factories.make_campaign(kind=kind)
    run = factories.make_run(campaign)
    return [
        factories.make_message(
            run,
            person,
            state="sent",
            dedupe_key=f"{run.pk}:{person.pk}:{days}",
            sent_at=now() - timedelta(days),
        )
        for days in days_ago
    ]


def every_month(days: int) -> range:
    return range(10, days, 30)


@pytest.fixture
def sale():
    return make_approved_for("sale", {"kind": "webhook", "sample": {}})


@pytest.fixture(autouse=True)
def nobody_exempt():
    change(exempt=0)


def change(**values) -> None:
    usual = {"less_days": 180, "nothing_days": 365, "fewest": 5, "exempt": 0.0}
    shop_rules.change("sunset", usual | {"is_on": True} | values)


def person(**facts):
    made = factories.make_customer(**facts)
    factories.make_consent(made, at=now() - timedelta(900))
    return made


def planned(version, *people) -> list[str]:
    """Plan messages; return for each person why there is none, or that there is one."""
    run = factories.make_run(version.campaign, version)
    firing = message_planner.Firing(
        run=run,
        content=read(version.content),
        salt="s",
        now=now(),
        key_of=lambda pk: f"{run.pk}:{pk}",
    )
    message_planner.plan(firing, [one.pk for one in people])
    rows = {one.customer_id: one for one in Message.objects.filter(run=run)}
    return [rows[one.pk].reason or rows[one.pk].state for one in people]


def test_less_then_nothing_by_days_of_silence_and_the_reason_is_kept(sale):
    fresh, long, very_long = person(), person(), person()
    written(fresh, *every_month(150))
    written(long, *every_month(LONG))
    written(very_long, *every_month(VERY_LONG))
    waiting = person()  # as long silent; the last message is over a month ago
    written(waiting, *range(40, LONG, 30))
    assert planned(sale, fresh, long, very_long, waiting) == [
        "queued",
        SILENT_LESS,
        SILENT_NOTHING,
        "queued",
    ]
    assert set(SunsetCase.objects.values_list("customer", flat=True)) == {
        long.pk,
        very_long.pk,
        waiting.pk,
    }


def test_a_few_messages_are_no_silence(sale):
    rare = person()
    written(rare, 400, 300, 200, 100)
    assert planned(sale, rare) == ["queued"]


@pytest.mark.parametrize(
    ("kind", "is_machine", "is_answer"),
    [
        ("open", False, True),
        ("open", True, False),
        ("click", True, False),
        ("click", False, True),
        ("reply", False, True),
        ("bounce", False, False),
    ],
)
def test_a_person_answers_and_a_machine_does_not(sale, kind, is_machine, is_answer):
    one = person()
    messages = written(one, *every_month(VERY_LONG))
    Touchpoint.objects.create(
        message=messages[1],
        kind=kind,
        is_machine=is_machine,
        at=now() - timedelta(30),
    )
    assert planned(sale, one) == ["queued" if is_answer else SILENT_NOTHING]


def test_an_order_and_a_new_consent_are_answers_also_of_a_joined_account(sale):
    buyer, agreed, joined = person(), person(), person()
    other = factories.make_customer(merged_into=joined)
    for one in (buyer, agreed, joined):
        written(one, *every_month(VERY_LONG))
    factories.make_event(buyer, at=now() - timedelta(20))
    factories.make_consent(agreed, at=now() - timedelta(20))
    factories.make_event(other, at=now() - timedelta(20))
    assert planned(sale, buyer, agreed, joined) == ["queued"] * 3


def test_business_is_untouched_and_counts_for_nothing(sale):
    silent, with_receipts = person(), person()
    written(silent, *every_month(VERY_LONG))
    written(with_receipts, *every_month(VERY_LONG), kind="transactional")
    assert planned(sale, with_receipts) == ["queued"]
    receipt = make_approved_for("receipt", {"kind": "webhook", "sample": {}})
    receipt.content["kind"] = "transactional"
    Campaign.objects.filter(pk=receipt.campaign_id).update(kind="transactional")
    assert planned(receipt, silent) == ["queued"]


def test_it_is_on_by_default_and_can_be_turned_off(sale):
    shop_rules.ShopRule.objects.all().delete()
    assert shop_rules.sunset().is_on
    one = person(external_id=next(name for name in names() if not exempt([name])[0]))
    written(one, *every_month(VERY_LONG))
    assert planned(sale, one) == [SILENT_NOTHING]
    change(is_on=False)
    assert planned(sale, one) == ["queued"]


def names():
    return (f"person-{n}" for n in range(10_000))


def test_the_exempt_are_written_to_as_before_and_noted_once(sale):
    change(exempt=0.5)
    chosen = [
        next(one for one in names() if exempt([one])[0] == is_exempt)
        for is_exempt in (True, False)
    ]
    drawn = {name: exempt([name])[0] for name in chosen}
    people = [person(external_id=name) for name in drawn]
    for one in people:
        written(one, *every_month(VERY_LONG))
    for _again in range(2):
        assert planned(sale, *people) == [
            "queued" if is_exempt else SILENT_NOTHING for is_exempt in drawn.values()
        ]
    kept = dict(SunsetCase.objects.values_list("customer", "is_exempt"))
    assert list(kept.values()) == list(drawn.values())


def test_a_set_costs_one_statement_more_and_none_a_customer(
    sale, django_assert_num_queries
):
    from campaigns.planning.audiences.silence import silent

    people = [person() for _ in range(12)]
    for one in people:
        written(one, *every_month(LONG))
    with django_assert_num_queries(2):  # the rule and the question
        assert len(silent([one.pk for one in people], now())) == 12


@pytest.mark.django_db(transaction=True)
def test_its_effect_is_measured_against_the_exempt(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    change(exempt=0.25)
    began = now() - timedelta(70)
    people = [factories.make_customer() for _ in range(240)]
    SunsetCase.objects.bulk_create(
        SunsetCase(
            customer=one,
            is_exempt=place % 4 == 0,
            exempt_share=0.25,
            began_at=began,
        )
        for place, one in enumerate(people)
    )
    for place, one in enumerate(people):
        if place % 4 == 0 or place % 3 == 0:
            factories.make_event(one, at=began + timedelta(9), price=20 + place % 7)
    history.refresh()
    result = sunset_report.report().result
    revenue = result["effect"]["results"][0]
    assert (revenue["n"], revenue["n_control"]) == (180, 60)
    assert revenue["difference"] < 0
    assert "costs more" in result["sentence"]
    assert StoredReport.objects.get().kind == "sunset"


def test_without_exempt_nothing_is_claimed():
    assert sunset_report.report().result["effect"] is None


def test_the_rule_is_kept_on_its_page_and_nonsense_refused(client):
    client.force_login(factories.make_colleague(is_superuser=True))
    page = reverse("admin:sunset")
    form = {"less_days": "90", "nothing_days": "200", "fewest": "8", "exempt": "5 %"}
    client.post(page, {"verb": "rule", "is_on": "1", **form})
    rule = shop_rules.sunset()
    assert (rule.less_days, rule.nothing_days, rule.fewest) == (90, 200, 8)
    assert rule.exempt == 0.05
    for wrong in ({"less_days": "300"}, {"fewest": "x"}, {"exempt": "80"}):
        client.post(page, {"verb": "rule", "is_on": "1", **form, **wrong})
        assert shop_rules.sunset() == rule
    assert client.get(page).status_code == 200
