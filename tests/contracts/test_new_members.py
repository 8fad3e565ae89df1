"""A line in the table plugs a member in: predicate, trait, metric, value policy, engine,
source, import kind, message check. The product needs no other change.
"""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

import retention_site.urls  # noqa: F401  the pages are found by it
from campaigns.admin.campaign.plan import plan_lines
from campaigns.content.parse import read
from campaigns.inbound import hook_secrets
from campaigns.models import Coupon, Message
from profiles import history, segments
from profiles.intake.imports import load
from profiles.intake.sources import source_webhooks
from profiles.models import Customer, Event, QuarantinedRow
from profiles.portraits import refresh
from profiles.portraits.store import portrait_of
from recommender import reasons, training
from recommender.hybrid import fitting
from recommender.matrices.modes import MODES
from tests.campaigns.proof.test_metrics import events, measured
from tests.contracts.throwaway.runs import planned
from tests.factories import (
    make_campaign,
    make_colleague,
    make_consent,
    make_customer,
    make_event,
    make_portrait,
)
from tests.recommender.shops import kinds, regulars

MEMBERS = "tests.contracts.throwaway.members"
NOW = datetime(2024, 6, 28, 12, tzinfo=UTC)
with_database = pytest.mark.django_db
with_history = pytest.mark.django_db(transaction=True)
OFFER = """
name: Letters
segment: {rule: {all: []}}
holdout: 0
arms: [{name: treated}]
limits: {}
channels: [sms]
goal: {metrics: [views, revenue]}
offer:
  pool: Letters
  cap: 10
  budget: 100
  value: {policy: by_name, coin: 2}
messages:
  sms: {text: "{{ coupon.code | default: 'none' }}"}
"""


@pytest.fixture
def signed_in(db) -> Client:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    return client


@pytest.fixture
def own_history(settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"


@with_history
def test_a_predicate_chooses_customers_and_says_itself(plug_in, own_history):
    plug_in("predicates", "long_name", f"{MEMBERS}:LongName")
    known = {"signed_up_at": NOW - timedelta(400)}
    long, short, nameless = (
        make_customer(first_name=name, **known) for name in ("Adelheid", "Al", "")
    )
    history.refresh()
    rule = {"all": [{"is": "long_name", "letters": 4}]}
    assert segments.members(rule, NOW).tolist() == [long.pk]
    others = segments.members({"none": [rule]}, NOW).tolist()
    assert others == [short.pk, nameless.pk]
    assert "name of 4 letters or more" in segments.describe(rule)
    with pytest.raises(segments.BadRule, match="letters"):
        segments.describe({"is": "long_name"})


@with_history
def test_a_trait_is_drawn_shown_and_asked_for(plug_in, own_history, signed_in):
    plug_in("traits", "largest_order", f"{MEMBERS}:LargestOrder")
    customer = make_customer(signed_up_at=NOW - timedelta(400))
    for n, price in enumerate((5, 30, 7)):
        at = NOW - timedelta(days=20 + n)
        make_event(customer, at=at, order_id=f"o{n}", quantity=1, price=price)
    history.refresh()
    refresh.refresh(NOW)
    drawn = {line.key: (line.value, line.evidence) for line in portrait_of(customer)}
    assert drawn["largest_order"] == (30.0, 3)
    page = reverse("admin:profiles_customer_change", args=[customer.pk])
    assert "Largest order" in signed_in.get(page).content.decode()
    history.refresh()
    rule = {"is": "trait", "key": "largest_order", "above": 29}
    assert segments.members(rule, NOW).tolist() == [customer.pk]


def test_a_metric_is_counted_and_may_be_a_campaigns_goal(plug_in):
    plug_in("metrics", "views", f"{MEMBERS}:Views")
    seen = events((1, 2, "view", None, None), (1, 3, "view", None, None))
    assert measured("views", seen, 1, 2) == {1: 2}, (
        "who did nothing is counted as 0 later"
    )
    goal = {
        "name": "x",
        "segment": {"rule": {"all": []}},
        "goal": {"metrics": ["views"]},
    }
    words = {"subject": "x", "html": "x", "text": "{{ unsubscribe_url }}"}
    assert read({**goal, "messages": {"email": words}}).goal.metrics == ("views",)


@with_database
def test_a_value_policy_gives_each_customer_a_coupon_of_its_worth(plug_in):
    plug_in("metrics", "views", f"{MEMBERS}:Views")
    plug_in("value_policies", "by_name", f"{MEMBERS}:ByName")
    mill, oatly = (make_customer(phone=f"+1555010{n}") for n in (1, 2))
    for customer, brand in ((mill, "Mill"), (oatly, "Oatly")):
        make_consent(customer, "sms")
        make_portrait(customer, favourite_brand=brand)
    run = planned(OFFER, mill, oatly)
    worth = {one.customer_id: one.value for one in Coupon.objects.all()}
    assert worth == {mill.pk: 8, oatly.pk: 10}
    said = Message.objects.get(run=run, customer=oatly)
    assert "Oatly has 5 letters" in said.why
    assert plan_lines(run.version.content)


def test_an_engine_is_learned_weighed_and_gives_its_own_reason(plug_in):
    plug_in("engines", "alphabet", f"{MEMBERS}:Alphabet")
    shop = regulars()
    learned = fitting.learn(
        shop, kinds(), training.engines(), seed=0, say=lambda _words, _share: None
    )
    assert "alphabet" in [one.key for one in learned.hybrid.parts.engines]
    for mode in MODES:
        weights = learned.hybrid.weights(shop, mode)
        assert weights.shape[1] == len(learned.hybrid.parts.engines)
        assert np.isfinite(weights).all()
    engine = next(one for one in learned.hybrid.parts.engines if one.key == "alphabet")
    (reason,) = engine.reasons(shop, np.array([0]), np.array([0]))
    said = reasons.words(reasons.facts(reason, ()))
    assert said == f"first of {shop.n_items} in the alphabet"


@with_database
def test_a_source_takes_webhooks_in_and_has_its_page(plug_in, client, signed_in):
    plug_in("sources", "till", f"{MEMBERS}:Till")
    source_webhooks.make("corner", "till", secret="open sesame")
    body = {"card": "c77", "slip": 4, "at": "2024-06-01T10:00:00Z"}
    headers = {"till-topic": "view", "till-word": "open sesame"}

    def post(**changes: str):
        told = {"content_type": "application/json", "headers": headers | changes}
        return client.post("/v1/sources/corner", json.dumps(body), **told)

    assert post(**{"till-word": "guess"}).status_code == 401
    assert [post().status_code for _ in range(2)] == [200, 200]
    event = Event.objects.get()
    assert (event.type, event.customer.external_id) == ("view", "c77")
    page = signed_in.get(reverse("admin:profiles_inboundsource_changelist"))
    assert "The till" in page.content.decode()


@with_database
def test_a_source_may_sign_a_campaigns_webhook_and_names_it_in_its_own_header(
    plug_in, client
):
    plug_in("sources", "till", f"{MEMBERS}:Till")
    hook_secrets.create(
        "till",
        make_campaign(),
        customer_field="card",
        key_field="",
        signed_by="till",
        secret="open sesame",
    )

    def post(**headers: str):
        told = {"content_type": "application/json"}
        named = {"till-word": "open sesame", **headers}
        return client.post("/hooks/till", b'{"card": "c77"}', headers=named, **told)

    assert post().status_code == 400, "it has no number"
    assert post(**{"till-number": "9"}).json()["status"] == "accepted"
    assert post(**{"till-number": "9"}).json()["status"] == "already accepted"


@with_database
def test_a_kind_of_file_is_cleaned_stored_and_counted(plug_in, tmp_path):
    plug_in("imports", "sizes", f"{MEMBERS}:Sizes")
    path = tmp_path / "sizes.csv"
    path.write_text("customer_id,size\nc1,42\nc2,many\nc3,39.5\n")
    answer = load("sizes", path)
    assert (answer["read"], answer["stored"], answer["quarantined"]) == (3, 2, 1)
    assert Customer.objects.get(external_id="c3").traits == {"size": 39.5}
    bad = QuarantinedRow.objects.get()
    assert (bad.kind, bad.column, bad.line) == ("sizes", "size", 3)


def test_a_message_check_is_shown_under_the_editor(plug_in, signed_in):
    plug_in("message_checks", "claims", f"{MEMBERS}:nothing_is_free")
    text = {"kind": "text", "id": "b1", "text": [[{"text": "All is free"}]]}
    document = json.dumps({"lines": {"subject": [{"text": "Hi"}]}, "blocks": [text]})
    page = signed_in.post(
        reverse("template-panel"), {"parts": document, "channel": "email"}
    ).content.decode()
    assert "Nothing is free." in page
    assert 'data-go="b1"' in page
