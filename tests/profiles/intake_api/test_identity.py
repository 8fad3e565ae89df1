"""Anonymous and known ids, e-mail, phone and device join one customer; what was joined
can be undone exactly.
"""

from datetime import UTC, datetime, timedelta

import pytest

from profiles.consents import consent_ledger
from profiles.identity import merge_customers
from profiles.intake.tracking import take
from profiles.models import Consent, Customer, Event, Merge
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer, make_marketer

pytestmark = pytest.mark.django_db
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def say(call: str = "track", minutes: int = 0, **message):
    at = (AT + timedelta(minutes=minutes)).isoformat()
    message = {
        "type": call,
        "timestamp": at,
        "messageId": f"{call}-{minutes}-{sorted(message.items())}",
    } | message
    if call == "track":
        message.setdefault("event", "Shop Opened")
    done = take([message], source="web")
    assert not done.failed, done.failed
    return done


def person(external_id: str) -> Customer:
    found = Customer.objects.select_related("merged_into").get(external_id=external_id)
    return found.merged_into or found


def people_of_events() -> set[str]:
    return {
        (e.customer.merged_into or e.customer).external_id
        for e in Event.objects.select_related("customer")
    }


def snapshot() -> list[dict]:
    """Everything a merge could touch, but for the log itself and the times of change."""
    fields = [
        f.attname for f in Customer._meta.concrete_fields if f.attname != "updated_at"
    ]
    rows = list(Customer.objects.order_by("pk").values(*fields))
    return [
        rows,
        list(Consent.objects.order_by("pk").values()),
        list(Event.objects.order_by("pk").values()),
    ]


def test_anonymous_visits_belong_to_the_customer_once_he_says_who_he_is():
    say(anonymousId="a1")
    say(
        "identify",
        1,
        anonymousId="a1",
        userId="anna",
        traits={"email": "anna@shop.example"},
    )
    say(minutes=2, anonymousId="a1")
    say(minutes=3, userId="anna")
    assert people_of_events() == {"anna"}
    assert Event.objects.count() == 3


def test_identify_before_any_visit_needs_no_merge():
    say("identify", userId="anna", anonymousId="a1")
    say(minutes=1, anonymousId="a1")
    assert people_of_events() == {"anna"}
    assert not Merge.objects.exists()


@pytest.mark.parametrize(
    "known",
    [
        {"traits": {"email": "Anna@shop.example"}},
        {"traits": {"phone": "+49 30 901820"}},
        {"context": {"device": {"id": "tablet-1"}}},
    ],
    ids=["e-mail", "phone", "device"],
)
def test_anonymous_visitor_with_a_known_address_is_that_customer(known):
    say("identify", userId="anna", **known)
    say(minutes=1, anonymousId="a1")
    say("identify", 2, anonymousId="a1", **known)
    assert people_of_events() == {"anna"}


def test_address_that_came_by_file_leads_to_its_customer():
    make_customer(external_id="anna", email="Anna.B@shop.example")
    say("identify", anonymousId="a1", traits={"email": "anna.b@shop.example"})
    assert person("anonymous:a1").external_id == "anna"


def test_two_customers_at_one_computer_stay_two():
    say("identify", userId="anna", anonymousId="a1")
    say("identify", 1, userId="bert", anonymousId="a1")
    say(minutes=2, userId="bert", anonymousId="a1")
    assert person("bert").external_id == "bert"
    assert not Merge.objects.exists()


def test_two_accounts_with_one_address_are_one_person_but_an_address_of_many_is_nobodys():
    for n in range(8):
        say("identify", n, userId=f"u{n}", traits={"email": "info@shop.example"})
    assert person("u1").external_id == "u0"
    assert Customer.objects.filter(merged_into=None).count() == 8 - (
        merge_customers.MOST_ACCOUNTS - 1
    )


def test_alias_joins_what_the_shop_says():
    say(userId="old-1")
    say(userId="new-1", minutes=1)
    say("alias", 2, previousId="old-1", userId="new-1")
    assert len(people_of_events()) == 1


def test_programs_that_have_no_id_join_nobody():
    say("identify", userId="anna", anonymousId="undefined")
    say("identify", 1, userId="bert", anonymousId="null")
    with pytest.raises(AssertionError):
        say(minutes=2, anonymousId="undefined")
    assert not Merge.objects.exists()


def test_newest_statement_holds_in_whatever_order_they_come():
    say(
        "identify",
        5,
        userId="anna",
        traits={"email": "new@shop.example", "colour": "red"},
    )
    say(
        "identify",
        1,
        userId="anna",
        traits={"email": "old@shop.example", "colour": "blue", "size": 38},
    )
    anna = Customer.objects.get(external_id="anna")
    assert (anna.email, anna.traits) == (
        "new@shop.example",
        {"colour": "red", "size": 38},
    )


def test_person_shows_the_newest_of_all_her_customers():
    say(
        "identify",
        5,
        anonymousId="a1",
        traits={"email": "anna@shop.example", "colour": "red"},
    )
    say("identify", 1, userId="anna", traits={"colour": "blue", "size": 38})
    say("identify", 6, userId="anna", anonymousId="a1")
    anna = person("anna")
    assert (anna.email, anna.traits) == (
        "anna@shop.example",
        {"colour": "red", "size": 38},
    )


def test_merge_is_undone_exactly():
    say(
        "identify",
        5,
        anonymousId="a1",
        traits={"email": "anna@shop.example", "birthday": "1980-02-29"},
    )
    say(
        "identify", 1, userId="anna", traits={"email": "first@shop.example", "size": 38}
    )
    make_consent(person("anna"), status="granted", at=AT + timedelta(days=2))
    make_consent(person("anonymous:a1"), status="withdrawn", at=AT)
    before = snapshot()
    say("alias", 6, previousId="a1", userId="anna")
    merge = Merge.objects.get()
    assert snapshot() != before
    merge_customers.undo(merge, by=make_marketer())
    assert snapshot() == before
    say("alias", 7, previousId="a1", userId="anna")
    assert snapshot() == before, "what a person took apart stays apart"


def test_merges_of_four_are_undone_in_any_order():
    for n in range(4):
        say("identify", n, userId=f"u{n}", traits={"size": n, f"only{n}": n})
    before = snapshot()
    for n in range(1, 4):
        say("alias", 10 + n, previousId=f"u{n}", userId=f"u{n - 1}")
    assert person("u3").traits == {
        "size": 3,
        "only0": 0,
        "only1": 1,
        "only2": 2,
        "only3": 3,
    }
    joined = list(Merge.objects.order_by("pk"))
    merge_customers.undo(joined[1])
    assert person("u1").external_id == "u0"
    assert person("u3").external_id == "u2"
    merge_customers.undo(joined[0])
    merge_customers.undo(joined[2])
    assert snapshot() == before


def test_stricter_consent_holds_after_a_merge_and_until_the_person_speaks_again():
    make_consent(
        make_customer(external_id="anna"), status="granted", at=AT + timedelta(days=2)
    )
    make_consent(make_customer(external_id="bert"), status="withdrawn", at=AT)
    say("alias", 1, previousId="bert", userId="anna")
    anna = person("anna")
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "withdrawn"}
    assert anna.consents.order_by("at").last().status == "withdrawn", (
        "whoever reads only the person's own rows, too"
    )
    consent_ledger.record_for(
        anna.pk, {("email", ""): "granted"}, at=now(), source="preference page"
    )
    assert consent_ledger.states([anna.pk])[anna.pk] == {("email", ""): "granted"}


def test_withdrawal_while_joined_holds_for_both_after_parting():
    anna, bert = make_customer(external_id="anna"), make_customer(external_id="bert")
    for one in (anna, bert):
        make_consent(one, status="granted", at=AT)
    say("alias", 1, previousId="bert", userId="anna")
    consent_ledger.record_for(
        anna.pk, {("email", ""): "withdrawn"}, at=now(), source="link"
    )
    merge_customers.undo(Merge.objects.get())
    found = consent_ledger.states([anna.pk, bert.pk])
    assert {pk: state[("email", "")] for pk, state in found.items()} == {
        anna.pk: "withdrawn",
        bert.pk: "withdrawn",
    }


def test_messages_of_a_whole_batch_take_few_queries(django_assert_max_num_queries):
    messages = [
        {
            "type": "identify",
            "userId": f"u{n}",
            "anonymousId": f"a{n}",
            "traits": {"email": f"u{n}@x.example"},
        }
        for n in range(200)
    ]
    take(messages, source="web")
    with django_assert_max_num_queries(20):
        take([one | {"traits": {"size": 1}} for one in messages], source="web")
