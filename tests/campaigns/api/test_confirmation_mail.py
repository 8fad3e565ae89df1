"""Double opt-in from the call to the press of the button: the link goes out once, and
looking at it grants nothing.
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from campaigns import receivers, tasks
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.parse import read
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.sinks import log
from campaigns.lifecycle import campaign_state
from campaigns.models import Message, Occasion
from profiles.consents import consent_ledger
from profiles.models import Customer
from retention_site.lib.clock import now
from tests.campaigns.planning.test_recipes import approved
from tests.factories import make_customer
from tests.sending import local_sinks, shop, taken  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"channel": "email", "topic": "news", "status": "pending", "wording": "v3"}


@pytest.fixture
def in_use(local_sinks):  # noqa: F811
    return approved("confirm_sign_up").campaign


def mails() -> list[dict]:
    """What the sink holds once everybody did their work, twice."""
    for _ in range(2):
        tasks.look_for_occasions()
        tasks.start_occasions()
        tasks.send_due("triggered")
    return taken()


def signed_up(
    customer: Customer, ago: timedelta = timedelta(0), topic: str = "news"
) -> None:
    consent_ledger.record_for(
        customer.pk, {("email", topic): "pending"}, at=now() - ago, source="a form"
    )


def state(customer: Customer) -> str | None:
    return consent_ledger.state_of(customer.pk, "email", "news")


def test_whoever_signs_up_is_sent_the_link_and_confirms_by_it(
    in_use, caller, client, monkeypatch
):
    woken: list[str] = []
    monkeypatch.setattr(receivers, "wake", woken.append)
    ann = make_customer(external_id="ann", email="ann@shop.example")
    said = SAID | {"customer_id": "ann", "at": now().isoformat()}
    first, again = (caller("write").post("/v1/consents", said).json() for _ in range(2))
    assert (first["is_new"], again["is_new"], woken) == (True, False, [receivers.LOOK])
    (line,) = mails()
    assert line["to"] == ["ann@shop.example"]
    text = log.mail(line).get_body(("plain",)).get_content()
    assert first["confirm_url"] in text
    path = urlsplit(first["confirm_url"]).path
    for look in (client.get, client.head):
        assert (look(path).status_code, state(ann)) == (200, "pending")
    assert (client.post(path).status_code, state(ann)) == (200, "granted")
    assert len(mails()) == 1


def test_the_button_of_the_mail_leads_to_the_page(in_use, client):
    signed_up(ann := make_customer())
    html = log.mail(mails()[0]).get_body(("html",)).get_content()
    tracked = re.search(r"/c/[^\"]+", html).group()
    assert "/confirm/" in client.get(tracked)["Location"]
    assert state(ann) == "pending"


def test_chinese_readers_are_asked_in_chinese(in_use):
    signed_up(make_customer(language="zh-CN", first_name="丽"))
    mail = log.mail(mails()[0])
    assert mail["Subject"].startswith("请确认")
    assert "是的，是我本人" in mail.get_body(("html",)).get_content()


def test_who_must_not_or_need_not_be_asked_is_not(in_use):
    people = [make_customer(email=f"p{n}@shop.example") for n in range(5)]
    said_no, confirmed, too_late, erased, blocked = people
    signed_up(too_late, timedelta(hours=30))
    for one in (said_no, confirmed, erased, blocked):
        signed_up(one, timedelta(minutes=1))
    for one, what in ((said_no, "withdrawn"), (confirmed, "granted")):
        consent_ledger.record_for(
            one.pk, {("email", "news"): what}, at=now(), source="link"
        )
    Customer.objects.filter(pk=erased.pk).update(erased_at=now())
    suppression.suppress(channel_named("email")(), blocked.email, "bounced")
    assert mails() == []
    assert Message.objects.get().state == Message.State.SUPPRESSED
    assert set(Occasion.objects.values_list("customer", flat=True)) == {blocked.pk}


def test_signing_up_again_and_again_fills_no_mailbox(in_use):
    ann = make_customer()
    for minutes in (30, 29, 25, 21, 5):
        signed_up(ann, timedelta(minutes=minutes))
    assert len(mails()) == 2  # of 30 and 5 minutes ago
    signed_up(ann, topic="offers")
    assert len(mails()) == 3


def test_nothing_is_sent_before_it_is_approved_or_after_it_was_stopped(
    local_sinks,  # noqa: F811
):
    signed_up(make_customer(), timedelta(days=11))
    campaign = approved("confirm_sign_up").campaign
    campaign_state.stop(campaign)
    signed_up(make_customer())
    assert mails() == []


@pytest.mark.parametrize(
    "change", [{"channels": ["sms"]}, {"kind": "marketing"}, {"holdout": 0.1}]
)
def test_a_confirmation_is_asked_for_on_its_own_channel_of_everybody(change):
    plan = {
        "name": "x",
        "kind": "transactional",
        "goal": "x",
        "trigger": {"kind": "pending_consent"},
        "messages": {},
    }
    with pytest.raises(BadCampaign):
        read({**plan, **change})
