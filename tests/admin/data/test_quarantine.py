"""Bad rows are put right in the admin and taken in: one by one, all alike together, or
many by a job.
"""

import pytest
from django.urls import reverse

from profiles import jobs
from profiles.admin.data import quarantine_groups
from profiles.intake import ingest
from profiles.intake.quarantine.nested_fields import (
    changed,
    leaves,
    places_of,
    replaced,
    typed,
)
from profiles.intake.quarantine.replay import replay, replay_all
from profiles.intake.sources import source_webhooks
from profiles.intake.tracking import take
from profiles.intake.values import Refused
from profiles.models import Event, InboundSource, Job, QuarantinedRow
from tests import factories as make


def order(n: int, currency: str) -> dict:
    products = [{"product_id": "p1", "quantity": 2, "price": 3.5}]
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "anna",
        "messageId": f"q{n}",
        "timestamp": "2024-01-01T10:00:00Z",
        "properties": {"order_id": f"o{n}", "currency": currency, "products": products},
    }


@pytest.fixture
def bad_orders(db) -> str:
    """Six orders with currencies that nobody knows, and the address of their group's
    page.
    """
    take([order(n, ("XXQ", "pounds")[n % 2]) for n in range(6)], source="web shop")
    return quarantine_groups.address(
        quarantine_groups.group_of(QuarantinedRow.objects.first())
    )


def put_right(client, row: QuarantinedRow, **values: str):
    fields = {name.replace("__", "/"): value for name, value in values.items()}
    return client.post(
        reverse("admin:profiles_quarantinedrow_do", args=[row.pk, "put_right"]),
        fields,
        follow=True,
    )


def test_a_row_is_put_right_in_its_form_and_the_next_one_follows(
    signed_in, bad_orders, person
):
    first, second = QuarantinedRow.objects.order_by("pk")[:2]
    page = signed_in.get(
        reverse("admin:profiles_quarantinedrow_change", args=[first.pk])
    ).content.decode()
    assert 'name="/properties/currency" value="XXQ"' in page
    answer = put_right(signed_in, first, __properties__currency="pound")
    assert "still wrong" in answer.content.decode()
    assert 'value="pound"' in answer.content.decode(), "what was typed is kept"
    answer = put_right(signed_in, first, __properties__currency="GBP")
    assert answer.redirect_chain[-1][0].endswith(f"/{second.pk}/change/")
    first.refresh_from_db()
    assert (first.outcome, first.resolved_by, first.row["properties"]["currency"]) == (
        "taken_in",
        person,
        "XXQ",
    )
    assert Event.objects.values_list("order_id", "currency", "quantity").get() == (
        "o0",
        "GBP",
        2,
    )


def test_a_value_that_is_missing_has_a_field(signed_in, db):
    row = make.make_quarantined(
        "missing",
        column="customer_id",
        row={"type": "view", "at": "2024-01-01", "till": 3},
    )
    page = signed_in.get(
        reverse("admin:profiles_quarantinedrow_change", args=[row.pk])
    ).content.decode()
    assert 'name="/customer_id" value=""' in page
    put_right(signed_in, row, __customer_id="anna")
    assert Event.objects.get().properties == {"till": 3}, (
        "what was not typed over keeps its kind"
    )


def test_the_group_is_tried_then_taken_in(signed_in, bad_orders):
    assert 'name="value" value="pounds"' in signed_in.get(bad_orders).content.decode()
    said = {"value": ["XXQ", "pounds"], "becomes": ["", "GBP"]}
    trial = signed_in.post(
        bad_orders.replace("/quarantine/", "/quarantine/trial/"), said
    ).content.decode()
    assert '<b class="r-strong">3</b> of 6 would be taken in' in trial
    assert not Event.objects.exists()
    page = signed_in.post(bad_orders, said).content.decode()
    assert 'id="n-taken-in" class="r-good r-tone">3<' in page
    assert (
        Event.objects.filter(currency="GBP").count(),
        QuarantinedRow.objects.waiting().count(),
    ) == (3, 3)


def test_many_are_a_job(signed_in, bad_orders, monkeypatch):
    monkeypatch.setattr(quarantine_groups, "AT_ONCE", 2)
    signed_in.post(bad_orders, {"value": ["XXQ", "pounds"], "becomes": ["USD", "GBP"]})
    job = Job.objects.get(kind="replay")
    jobs.work(only=job)
    job.refresh_from_db()
    assert job.result == {"taken in": 6, "still wrong": {}}
    assert Event.objects.count() == 6


def test_what_is_still_wrong_waits_with_its_new_reason(db):
    take([order(0, "XXQ") | {"timestamp": "2024-13-01"}], source="web")
    row = QuarantinedRow.objects.get()
    assert row.column == "currency"
    done = replay_all(
        QuarantinedRow.objects.all(),
        lambda one: replaced(one, "currency", {"XXQ": "USD"}),
    )
    assert done.reasons == [("timestamp", "impossible date", 1)]
    row.refresh_from_db()
    assert (
        row.column,
        row.latest["properties"]["currency"],
        row.row["properties"]["currency"],
    ) == (
        "timestamp",
        "USD",
        "XXQ",
    )
    assert row.resolved_at is None


def test_one_that_the_store_refuses_holds_up_no_other(db, monkeypatch):
    take([order(n, "XXQ") for n in range(3)], source="web")
    checks = ingest.checked

    def refuse_one(event, moment):
        if event.order_id == "o1":
            raise Refused("order_id", "not today")
        return checks(event, moment)

    monkeypatch.setattr(ingest, "checked", refuse_one)
    done = replay_all(
        QuarantinedRow.objects.all(),
        lambda one: replaced(one, "currency", {"XXQ": "USD"}),
    )
    assert (done.n_taken_in, done.reasons) == (2, [("order_id", "not today", 1)])
    assert set(Event.objects.values_list("order_id", flat=True)) == {"o0", "o2"}
    assert QuarantinedRow.objects.count() == 3, "nothing is put aside a second time"


def test_taken_in_twice_is_stored_once(bad_orders):
    row = QuarantinedRow.objects.first()
    for _ in range(2):
        assert (
            replay(row, changed(row.row, {("properties", "currency"): "USD"})) is None
        )
    assert Event.objects.count() == 1


def test_leaving_out_needs_no_form_and_stores_nothing(signed_in, bad_orders):
    signed_in.post(bad_orders, {"leave_out": "1"})
    assert set(QuarantinedRow.objects.values_list("outcome", flat=True)) == {"left_out"}
    assert not Event.objects.exists()


def test_webhooks_are_read_again_by_the_mapping_of_today(signed_in, db):
    source_webhooks.make(
        "till",
        "mapped",
        mapping={"type": "'purchase'", "customer_id": "who", "at": "when"},
    )
    till = InboundSource.objects.get()
    for n in range(3):
        source_webhooks.heard(
            till,
            {"buyer": "anna", "when": f"2024-01-0{n + 1}"},
            {"webhook-id": f"w{n}"},
        )
    assert (
        QuarantinedRow.objects.filter(
            kind="webhooks", column="userId", reason="missing"
        ).count()
        == 3
    )
    InboundSource.objects.update(mapping=till.mapping | {"customer_id": "buyer"})
    signed_in.post(
        quarantine_groups.address(
            quarantine_groups.group_of(QuarantinedRow.objects.first())
        )
    )
    assert (
        Event.objects.filter(customer__external_id="anna", source="till").count() == 3
    )
    source_webhooks.heard(
        InboundSource.objects.get(),
        {"buyer": "anna", "when": "2024-01-01"},
        {"webhook-id": "w0"},
    )
    assert Event.objects.count() == 3


def test_who_may_only_look_takes_nothing_in(client, bad_orders):
    from django.contrib.auth.models import Permission

    looker = make.make_colleague()
    looker.user_permissions.add(
        Permission.objects.get(codename="view_quarantinedrow"),
        Permission.objects.get(codename="view_customer"),
    )
    client.force_login(looker)
    assert client.get(bad_orders).status_code == 200
    assert client.post(bad_orders, {"leave_out": "1"}).status_code == 403
    assert put_right(client, QuarantinedRow.objects.first()).status_code == 403


def test_values_keep_their_places_and_kinds():
    row = {"a": [{"b": 1.5}, {"b": None}], "c": {}, "d": True}
    assert dict(leaves(row))[("a", "0", "b")] == 1.5
    assert changed(row, {("a", "1", "b"): "x", ("e", "f"): 2}) == {
        "a": [{"b": 1.5}, {"b": "x"}],
        "c": {},
        "d": True,
        "e": {"f": 2},
    }
    assert (
        typed(1.5, "1.5"),
        typed(True, "true"),
        typed("x", " "),
        typed(None, ""),
    ) == (1.5, True, None, None)
    assert places_of({"properties": {"products": [{"sku": "s"}]}}, "item_id") == [
        ("properties", "products", "0", "sku")
    ]
    assert places_of({"type": "identify", "userId": "u"}, "email") == [
        ("traits", "email")
    ]


TWO_FAULTS = [
    (
        "events",
        {
            "type": "purchase",
            "customer_id": "anna",
            "at": "31.02.2024",
            "currency": "XXQ",
            "price": "2",
        },
        ("at", "currency"),
    ),
    (
        "messages",
        order(7, "XXQ") | {"timestamp": "tomorrow-ish"},
        ("timestamp", "currency"),
    ),
    (
        "items",
        {"item_id": "i1", "title": "Bread", "price": "cheap", "currency": "XXQ"},
        ("price", "currency"),
    ),
]


@pytest.mark.parametrize(("kind", "row", "columns"), TWO_FAULTS)
def test_a_row_with_two_faults_shows_both_at_once(signed_in, db, kind, row, columns):
    first = make.make_quarantined(
        "impossible date", kind=kind, column=columns[0], row=row
    )
    page = signed_in.get(
        reverse("admin:profiles_quarantinedrow_change", args=[first.pk])
    ).content.decode()
    assert page.count('class="r-is-bad"') == 2, "both rows are marked"
    assert "2 things are wrong with it" in page


def test_a_row_with_one_fault_shows_one(signed_in, bad_orders):
    first = QuarantinedRow.objects.order_by("pk").first()
    page = signed_in.get(
        reverse("admin:profiles_quarantinedrow_change", args=[first.pk])
    ).content.decode()
    assert page.count('class="r-is-bad"') == 1
    assert 'id="faults"' not in page


def test_no_group_is_asked_for_instead_of_an_empty_one(signed_in, bad_orders):
    for query in ("", "?source=", "?reason=x", "?source=web+shop"):
        page = signed_in.get(f"/admin/quarantine/{query}").content.decode()
        assert 'id="no-group"' in page
