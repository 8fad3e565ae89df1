"""Which consent holds is one rule: whoever asks about a customer gets the same answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations, product
from types import SimpleNamespace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.delivery import sql
from campaigns.delivery.gating.eligibility import CONSENTS
from campaigns.delivery.track import optout, preference_centre
from campaigns.models import CampaignVersion, Message, Run
from campaigns.planning.audiences import candidates
from profiles import history, segments
from profiles.admin.panels.consents import standings
from profiles.consents import consent_ledger, opt_in
from profiles.identity import merge_customers
from profiles.models import Consent, Customer, Merge
from retention_site.lib.clock import now
from tests.factories import make_customer

CHANNEL, TOPIC = "email", "offers"
STRICT = ("granted", "pending", "withdrawn")
ASKED = {"is": "consent", "channel": CHANNEL, "topic": TOPIC}
HOURS = (-2, -1, 0, 1)  # from now
Line = tuple[str, str, int]  # topic, status, hours
LINES = tuple(product(("", TOPIC, "news"), STRICT, HOURS))
Answers = dict[int, str | None]


@pytest.fixture(autouse=True)
def _own_history(settings, tmp_path) -> None:
    settings.HISTORY_DIR = tmp_path / "history"


def rule(lines: Iterable[Line]) -> str | None:
    """The rule once more, as plainly as it is written in the documentation."""
    due = [
        (hours, STRICT.index(status), status)
        for topic, status, hours in lines
        if topic in ("", TOPIC) and (hours <= 0 or status == "withdrawn")
    ]
    return max(due)[-1] if due else None


def say(customer: Customer, lines: Iterable[Line], moment: datetime) -> list[Consent]:
    return [
        Consent(
            customer=customer,
            channel=CHANNEL,
            topic=topic,
            status=status,
            at=moment + timedelta(hours=hours),
        )
        for topic, status, hours in lines
    ]


def _gate(people: list[Customer], moment: datetime) -> Answers:
    n = len(people)
    keys = [one.pk for one in people]
    asked = {"messages": keys, "persons": keys, "now": moment}
    asked |= {"channels": [CHANNEL] * n, "topics": [TOPIC] * n}
    found = dict(sql.rows(CONSENTS, asked))
    return {pk: None if said == "never given" else said for pk, said in found.items()}


def _api(people: list[Customer], moment: datetime) -> Answers:
    states = consent_ledger.states([one.pk for one in people], at=moment)
    return {
        one.pk: states.get(one.pk, {}).get(
            (CHANNEL, TOPIC), states.get(one.pk, {}).get((CHANNEL, ""))
        )
        for one in people
    }


def _ledger(people: list[Customer], moment: datetime) -> Answers:
    return {one.pk: consent_ledger.state_of(one.pk, CHANNEL, TOPIC) for one in people}


def _page(people: list[Customer], moment: datetime) -> Answers:
    found: Answers = {}
    for one in people:
        family = Consent.objects.filter(customer__in=[one, *one.merged.all()])
        shown = {
            (each.channel, each.topic): each.status or None
            for each in standings(list(family.order_by("channel", "topic", "-at")))
        }
        found[one.pk] = shown.get((CHANNEL, TOPIC), shown.get((CHANNEL, "")))
    return found


def _rule_on_rows(people: list[Customer], moment: datetime) -> Answers:
    keys = [one.pk for one in people]
    found: Answers = dict.fromkeys(keys)
    for status in STRICT:
        fitting = segments.fitting({**ASKED, "status": status}, keys, moment)
        found |= dict.fromkeys(fitting.tolist(), status)
    return found


def _rule_on_history(people: list[Customer], moment: datetime) -> Answers:
    history.refresh()
    found: Answers = dict.fromkeys(one.pk for one in people)
    for status in STRICT:
        members = segments.members({**ASKED, "status": status}, moment)
        found |= dict.fromkeys(members.tolist(), status)
    return found


SAY_WHICH: dict[str, Callable[[list[Customer], datetime], Answers]] = {
    "send gate": _gate,
    "API": _api,
    "ledger": _ledger,
    "customer page": _page,
    "segment rule": _rule_on_rows,
}


def _planner(people: list[Customer], moment: datetime) -> set[int]:
    content = SimpleNamespace(
        topic=TOPIC, limits={}, arms=(), preferred="", is_marketing=False
    )
    found, _ids = candidates.load([one.pk for one in people], content, moment)
    return {one.customer for one in found if CHANNEL in one.consents}


def _preferences(people: list[Customer], moment: datetime) -> set[int]:
    about_it = Run(version=CampaignVersion(hash="offers", content={"topic": TOPIC}))
    return {
        one.pk
        for one in people
        for choice in preference_centre.choices(Message(customer=one, run=about_it))
        for each in choice.topics
        if (choice.channel, each.name) == (CHANNEL, TOPIC) and each.is_wanted
    }


def _confirmation(people: list[Customer], moment: datetime) -> set[int]:
    asked = (
        Consent(customer=one, channel=CHANNEL, topic=TOPIC, at=moment) for one in people
    )
    return {
        one.customer_id
        for one in asked
        if opt_in.answer_to(one) is opt_in.Answer.CONFIRMED
    }


SAY_YES: dict[str, Callable[[list[Customer], datetime], set[int]]] = {
    "planner": _planner,
    "preference centre": _preferences,
    "confirmation page": _confirmation,
}


def agree(
    expected: Mapping[int, str | None], people: list[Customer], moment: datetime
) -> None:
    for name, ask in SAY_WHICH.items():
        assert ask(people, moment) == expected, name
    granted = {pk for pk, status in expected.items() if status == "granted"}
    for name, ask in SAY_YES.items():
        assert ask(people, moment) == granted, name


@pytest.mark.django_db(transaction=True)
def test_every_reader_answers_alike_on_every_pair_of_statements():
    moment = now()
    ledgers = [*combinations(LINES, 1), *combinations(LINES, 2)]
    people = Customer.objects.bulk_create(
        Customer(external_id=f"c{n}", email=f"c{n}@post.example")
        for n in range(len(ledgers))
    )
    Consent.objects.bulk_create(
        one
        for person, lines in zip(people, ledgers, strict=True)
        for one in say(person, lines, moment)
    )
    moment = now()
    expected = {
        person.pk: rule(lines) for person, lines in zip(people, ledgers, strict=True)
    }
    assert set(expected.values()) == {*STRICT, None}
    assert _rule_on_history(people, moment) == expected
    agree(expected, people, moment)


# A person may have several customers: whoever spoke, it is the person who did.
ledger = st.lists(
    st.tuples(st.booleans(), st.sampled_from(LINES)), max_size=7, unique=True
)


@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ledgers=st.lists(ledger, min_size=8, max_size=16))
def test_every_reader_answers_alike_about_joined_customers(ledgers):
    with transaction.atomic():
        moment = now()
        expected, people = {}, []
        for lines in ledgers:
            person = make_customer(email="")
            other = make_customer(merged_into=person, email="")
            for is_other, line in lines:
                Consent.objects.bulk_create(
                    say(other if is_other else person, [line], moment)
                )
            expected[person.pk] = rule(line for _who, line in lines)
            people.append(person)
        agree(expected, people, now())
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(st.sampled_from(LINES), max_size=5, unique=True))
def test_who_says_no_now_gets_nothing_now_or_later(lines):
    with transaction.atomic():
        person, moment = make_customer(), now()
        Consent.objects.bulk_create(say(person, lines, moment))
        optout.state(person, CHANNEL, TOPIC, "withdrawn", network="")
        for hours in (0, 30):
            later = now() + timedelta(hours=hours)
            for ask in (_api, _gate):
                assert ask([person], later) == {person.pk: "withdrawn"}
        assert optout.state(person, CHANNEL, TOPIC, "withdrawn", network="") is None
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=ledger)
def test_a_join_is_never_laxer_than_either_side(lines):
    with transaction.atomic():
        sides = (make_customer(), make_customer())
        moment = now()
        for is_other, line in lines:
            Consent.objects.bulk_create(say(sides[is_other], [line], moment))
        link = merge_customers.Link(sides[0].pk, sides[1].pk, Merge.Evidence.PERSON, "")
        merge_customers.join([link])
        person = Customer.objects.get(pk=sides[0].pk)
        person = person.merged_into or person
        before = [
            rule(line for who, line in lines if who is side) for side in (False, True)
        ]
        known = [STRICT.index(one) for one in before if one is not None]
        after = consent_ledger.state_of(person.pk, CHANNEL, TOPIC)
        assert (after is None) == (not known)
        assert not known or STRICT.index(after) >= max(known)
        agree({person.pk: after}, [person], now())
        transaction.set_rollback(True)
