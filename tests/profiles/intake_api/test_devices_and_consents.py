"""What else follows a merge and its undoing: push devices and links to confirm; and
what files say about consent.
"""

from datetime import UTC, datetime, timedelta

import pytest

from profiles.consents import consent_ledger, consent_state, opt_in
from profiles.consents.consent_state import ConsentStatement
from profiles.identity import merge_customers
from profiles.intake import imports
from profiles.intake.tracking import take
from profiles.models import Consent, Customer, Device, Merge
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer

pytestmark = pytest.mark.django_db
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def registers(message_id: str, token: str, **who: str) -> None:
    device = {"context": {"device": {"token": token}}}
    take(
        [
            {"type": "track", "event": "App Opened", "messageId": message_id}
            | who
            | device
        ],
        source="app",
    )


def reached(token: str) -> str:
    return (
        Device.objects.select_related("customer").get(token=token).customer.external_id
    )


def alias() -> Merge:
    take(
        [{"type": "alias", "previousId": "v1", "userId": "anna", "messageId": "alias"}],
        source="app",
    )
    return Merge.objects.standing().get()


def test_a_visitors_phone_reaches_the_person_and_goes_back_when_parted():
    registers("m1", "phone", anonymousId="v1")
    registers("m2", "tablet", userId="anna")
    merge = alias()
    assert (reached("phone"), reached("tablet")) == ("anna", "anna")
    registers("m3", "watch", anonymousId="v1")
    assert reached("watch") == "anna", "registered while they are one"
    merge_customers.undo(merge)
    assert [reached(one) for one in ("phone", "tablet", "watch")] == [
        "anonymous:v1",
        "anna",
        "anonymous:v1",
    ]


def test_a_phone_that_changed_hands_stays_with_its_new_owner_after_parting():
    registers("m1", "phone", anonymousId="v1")
    merge = alias()
    registers("m2", "phone", userId="bert")
    assert reached("phone") == "bert"
    merge_customers.undo(merge)
    assert reached("phone") == "bert"


def test_a_device_registered_elsewhere_moves_with_its_customer():
    """By the browser's own page, which knows only whom it reaches."""
    registers("m1", "x", anonymousId="v1")
    registers("m2", "y", userId="anna")
    Device.objects.update(owner=None)
    merge = alias()
    assert reached("x") == "anna"
    merge_customers.undo(merge)
    assert reached("x") == "anonymous:v1"


def test_device_ids_join_only_where_one_of_the_two_has_no_account():
    """A tablet at the counter is used by many: it joins a visitor to an account, never
    two accounts.
    """
    context = {"context": {"device": {"id": "tablet"}}}
    for n, who in enumerate(
        ({"userId": "anna"}, {"userId": "bert"}, {"anonymousId": "v1"})
    ):
        take(
            [{"type": "track", "event": "view", "messageId": f"m{n}"} | who | context],
            source="till",
        )
    people = Customer.objects.filter(merged_into=None).values_list(
        "external_id", flat=True
    )
    assert set(people) == {"anna", "bert"}
    assert Merge.objects.get().evidence == "device"


def test_a_link_of_the_time_before_the_merge_does_not_overrule_the_persons_no():
    visitor, anna = (
        make_customer(external_id="anonymous:v1"),
        make_customer(external_id="anna"),
    )
    pending = make_consent(visitor, status="pending", at=now() - timedelta(days=3))
    make_consent(anna, status="withdrawn", at=now() - timedelta(days=9))
    merge_customers.join(
        [merge_customers.Link(anna.pk, visitor.pk, Merge.Evidence.PERSON, "")]
    )
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "withdrawn"}, (
        "the stricter of both"
    )
    assert opt_in.confirm(pending) is opt_in.Answer.WITHDRAWN
    assert not Consent.objects.filter(status="granted").exists()


@pytest.mark.parametrize("stricter", ["withdrawn", "pending"])
@pytest.mark.parametrize(
    "days", [2, -2], ids=["the looser is newer", "the stricter is newer"]
)
@pytest.mark.parametrize("head_is_strict", [True, False])
def test_the_stricter_wins_whoever_stands_for_both_and_whoever_spoke_last(
    stricter, days, head_is_strict
):
    anna, bert = make_customer(external_id="anna"), make_customer(external_id="bert")
    strict, loose = (anna, bert) if head_is_strict else (bert, anna)
    make_consent(strict, status=stricter, at=AT)
    make_consent(loose, status="granted", at=AT + timedelta(days=days))
    merge_customers.join(
        [merge_customers.Link(anna.pk, bert.pk, Merge.Evidence.PERSON, "")]
    )
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): stricter}
    own = [
        ConsentStatement("email", "", one.status, one.at) for one in anna.consents.all()
    ]
    assert consent_state.state_of(own, "email", "", now()) == stricter
    merge_customers.undo(Merge.objects.get())
    assert consent_ledger.states([loose.pk])[loose.pk] == {("email", ""): "granted"}
    assert Consent.objects.count() == 2


def test_a_link_confirmed_after_the_merge_grants_the_person():
    visitor, anna = (
        make_customer(external_id="anonymous:v1"),
        make_customer(external_id="anna"),
    )
    pending = make_consent(
        visitor, status="pending", at=now() - timedelta(days=3), wording="v3"
    )
    merge_customers.join(
        [merge_customers.Link(anna.pk, visitor.pk, Merge.Evidence.PERSON, "")]
    )
    assert opt_in.confirm(pending, ip="203.0.113.77") is opt_in.Answer.CONFIRMED
    granted = Consent.objects.get(status="granted")
    assert (granted.customer, granted.wording, granted.ip) == (
        anna,
        "v3",
        "203.0.113.0",
    )


def test_a_file_of_consents_keeps_who_when_where_and_what_was_read(tmp_path):
    path = tmp_path / "consents.csv"
    path.write_text(
        "customer_id,channel,status,at,topic,source,ip,wording\n"
        "anna,e-mail,subscribed,2025-01-01T10:00:00Z,news,checkout,203.0.113.77,newsletter"
        " v3\n"
        "anna,sms,unconfirmed,2025-01-01T10:00:00Z,,,2001:db8::1,\n"
        "anna,push,maybe,2025-01-01T10:00:00Z,,,,\n"
    )
    done = imports.load("consents", path, "old system")
    assert (done["stored"], done["quarantined"]) == (2, 1)
    assert list(
        Consent.objects.order_by("channel").values_list(
            "channel", "topic", "source", "ip", "wording"
        )
    ) == [
        ("email", "news", "checkout", "203.0.113.0", "newsletter v3"),
        ("sms", "", "old system", "2001:db8::", ""),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_statements_at_one_moment_the_stricter_holds_in_whatever_order_they_stand(
    tmp_path, order
):
    lines = [
        "anna,email,granted,2025-01-01T10:00:00Z",
        "anna,email,withdrawn,2025-01-01T10:00:00Z",
    ][::order]
    path = tmp_path / "consents.csv"
    path.write_text("\n".join(["customer_id,channel,status,at", *lines]) + "\n")
    imports.load("consents", path)
    anna = Customer.objects.get()
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "withdrawn"}
    assert consent_ledger.state_of(anna.pk, "email") == "withdrawn"


def test_an_old_file_does_not_bring_back_what_was_withdrawn_since(tmp_path):
    make_consent(make_customer(external_id="anna"), status="withdrawn", at=AT)
    path = tmp_path / "consents.csv"
    path.write_text(
        "customer_id,channel,status,at\nanna,email,granted,2024-01-01T10:00:00Z\n"
    )
    imports.load("consents", path)
    anna = Customer.objects.get()
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "withdrawn"}
