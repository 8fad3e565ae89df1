"""Links of a message: looking changes nothing, acting does, and nothing leads where it
was not sent to.
"""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created

from campaigns.delivery import send
from campaigns.delivery.limits import contact_pace
from campaigns.delivery.track import bot_detection, preference_centre
from campaigns.delivery.track.reclassify import Judged, reclassify
from campaigns.models import Message, Suppression, Touchpoint
from campaigns.rendering import link_tracking, links, utm
from profiles.models import Consent, Device, Event
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput
from tests.browser_subscriptions import Browser
from tests.factories import make_consent
from tests.sending import make_send, only_message, taken

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("local_sinks", "unhurried"),
]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def message(shop) -> Message:
    run = make_send(1)
    send.drain("bulk")
    Message.objects.update(sent_at=now() - timedelta(minutes=5))
    return only_message(run)


@pytest.fixture
def human(client):
    client.defaults["HTTP_USER_AGENT"] = BROWSER
    return client


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def consent_of(message: Message, channel: str = "email") -> str:
    return {one.channel: one.is_wanted for one in preference_centre.choices(message)}[
        channel
    ]


@pytest.mark.parametrize("verb", ["get", "head"])
def test_looking_at_the_unsubscribe_page_changes_nothing(human, message, verb):
    before = list(Consent.objects.values())
    for url in (links.unsubscribe_url(message.pk), links.preferences_url(message.pk)):
        answer = getattr(human, verb)(path(url))
        assert answer.status_code == 200
    assert consent_of(message)
    # The link withdraws one topic: the channel's own wish would not show it
    assert list(Consent.objects.values()) == before
    assert not Event.objects.filter(type="unsubscribed").exists()
    assert not Suppression.objects.exists()


def test_posting_unsubscribes_from_the_topic_before_the_answer(human, message):
    answer = human.post(path(links.unsubscribe_url(message.pk)))
    assert answer.status_code == 200
    assert b"You are unsubscribed" in answer.content
    newest = Consent.objects.latest("at", "pk")
    assert (newest.channel, newest.topic, newest.status) == (
        "email",
        "offers",
        "withdrawn",
    )
    assert (
        Event.objects.filter(type="unsubscribed", customer=message.customer).count()
        == 1
    )


def test_one_click_of_a_mail_program_works_without_cookie_or_page(client, message):
    answer = client.post(
        path(links.unsubscribe_url(message.pk)), {"List-Unsubscribe": "One-Click"}
    )
    assert answer.status_code == 200
    assert Consent.objects.filter(status="withdrawn").count() == 1


def test_unsubscribing_twice_is_one_statement(human, message):
    for _ in range(2):
        assert human.post(path(links.unsubscribe_url(message.pk))).status_code == 200
    assert Consent.objects.filter(status="withdrawn").count() == 1
    assert Touchpoint.objects.filter(kind="unsubscribe").count() == 1


def test_an_opt_out_wins_over_a_consent_dated_ahead(human, message):
    make_consent(message.customer, topic="offers", at=now() + timedelta(days=2))
    human.post(path(links.unsubscribe_url(message.pk)))
    again = make_send(customers=[message.customer])
    send.drain("bulk")
    assert only_message(again).state == "suppressed"


def test_opted_out_customers_get_no_more(human, message):
    human.post(path(links.unsubscribe_url(message.pk)))
    again = make_send(customers=[message.customer])
    send.drain("bulk")
    assert only_message(again).reason == "consent withdrawn"
    assert len(taken()) == 1


def test_preferences_switch_whole_channels_off_and_on(human, message):
    make_consent(message.customer, "sms")
    page = path(links.preferences_url(message.pk))
    human.post(page, {"shown": ["email", "sms"], "sms": "on"})
    assert (consent_of(message, "email"), consent_of(message, "sms")) == (False, True)
    human.post(page, {"shown": ["email", "sms"], "email": "on"})
    assert (consent_of(message, "email"), consent_of(message, "sms")) == (True, False)
    assert b"Text message" in human.get(page).content


def test_less_often_stands_beside_stop(human, message):
    page = path(links.preferences_url(message.pk))
    assert b'value="usual" checked' in human.get(page).content
    answer = human.post(page, {"shown": ["email"], "email": "on", "pace": "less"})
    assert b'value="less" checked' in answer.content
    assert consent_of(message, "email")
    human.post(page, {"shown": ["email"], "email": "on"})  # a page of before
    assert contact_pace.is_slower(message.customer)
    human.post(page, {"shown": ["email"], "email": "on", "pace": "usual"})
    assert not contact_pace.is_slower(message.customer)


def test_a_channel_that_was_not_on_the_page_is_not_changed(human, message):
    make_consent(message.customer, "sms")
    human.post(path(links.preferences_url(message.pk)), {"shown": ["email"]})
    assert consent_of(message, "sms")


def click_path(message: Message) -> str:
    (target,) = link_tracking.store(["https://shop.example/bread"]).values()
    return path(links.click_url(message.pk, target))


def test_a_click_leads_to_the_stored_target_and_is_an_event(human, message):
    answer = human.get(click_path(message))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (
        302,
        "https://shop.example/bread",
    )
    told = dict(parse_qsl(answer["Location"].partition("?")[2]))
    assert told == {
        "utm_source": "rapport",
        "utm_medium": "email",
        "utm_campaign": message.campaign.name,
        "utm_content": "treated",
    }
    touch = Touchpoint.objects.get()
    assert (touch.kind, touch.is_machine, touch.url) == (
        "click",
        False,
        "https://shop.example/bread",
    )
    assert Event.objects.filter(type="message_clicked").count() == 1


def test_pressing_one_link_for_ever_fills_no_table_and_is_counted_truly(human, message):
    for _ in range(25):
        assert human.get(click_path(message)).status_code == 302
    touches = list(Touchpoint.objects.filter(kind="click", is_machine=False))
    assert (len(touches), sum(one.n for one in touches)) == (10, 25)
    assert Event.objects.filter(type="message_clicked").count() == 10


def test_head_and_scanners_count_no_click_but_leave_their_evidence(
    human, client, message
):
    human.head(click_path(message))
    assert not Touchpoint.objects.exists()
    client.get(
        click_path(message),
        headers={"user-agent": "Mozilla/5.0 (compatible; Proofpoint URL scanner)"},
    )
    touch = Touchpoint.objects.get()
    assert touch.is_machine
    assert touch.evidence["signs"] == ["names itself a machine"]
    assert not Event.objects.filter(type="message_clicked").exists()


def test_an_open_is_one_event_however_often_the_picture_is_fetched(human, message):
    for _ in range(3):
        answer = human.get(path(links.open_url(message.pk)))
        assert answer["Content-Type"] == "image/gif"
    assert Touchpoint.objects.filter(kind="open").count() == 3
    assert Event.objects.filter(type="message_opened").count() == 1


def test_altered_guessed_and_foreign_tokens_lead_nowhere(human, message):
    good = path(links.unsubscribe_url(message.pk))
    token = good.rpartition("/")[2]
    for bad in (
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace(f"/{message.pk}.", f"/{message.pk + 1}."),
        f"/p/{token}",  # made for another page
        f"/c/{token}",
        "/u/",
        "/u/1",
        "/u/1.",
        "/u/x.y",
        "/u/.",
        "/u/1-2-3.é",
        f"/c/{message.pk}-1.{token.partition('.')[2]}",
    ):
        answer = human.post(bad) if bad.startswith("/u") else human.get(bad)
        assert answer.status_code == 404, bad
    assert consent_of(message)


def test_no_link_leads_to_an_address_from_outside(human, message):
    answer = human.get(
        click_path(message), {"url": "https://evil.example", "next": "//evil.example"}
    )
    assert answer["Location"].startswith(
        "https://shop.example/bread?utm_source=rapport&"
    )
    assert "evil" not in answer["Location"]


def test_only_networks_are_kept_never_addresses():
    assert bot_detection.network_of("203.0.113.77") == "203.0.113.0"
    assert bot_detection.network_of("2001:db8:1:2::3") == "2001:db8:1::"
    assert bot_detection.network_of("nonsense") == ""


def test_links_in_a_page_are_replaced_and_ours_are_left():
    ours = links.unsubscribe_url(1)
    page = f"""<html><body><a href="https://a.example/?x=1&amp;y=2">a</a><a class=b href='https://b.example'>b</a>
        <a href="mailto:x@y.example">m</a><a href="#top">t</a><a href="{ours}">u</a></body></html>"""
    tracked = link_tracking.tracked({1: page})[1]
    assert "a.example" not in tracked
    assert "b.example" not in tracked
    assert 'href="mailto:x@y.example"' in tracked
    assert f'href="{ours}"' in tracked
    assert tracked.index("/o/1.") < tracked.index("</body>")
    assert link_tracking.store(["https://a.example/?x=1&y=2"])


def test_topics_are_chosen_one_by_one(human, message):
    page = path(links.preferences_url(message.pk))
    human.post(page, {"shown": ["email", "email:offers"], "email": "on"})
    (choice,) = preference_centre.choices(message)
    assert choice.is_wanted
    assert [(topic.name, topic.is_wanted) for topic in choice.topics] == [
        ("offers", False)
    ]
    again = make_send(customers=[message.customer])
    other = make_send(customers=[message.customer], topic="news")
    send.drain("bulk")
    assert (only_message(again).state, only_message(other).state) == (
        "suppressed",
        "sent",
    )
    human.post(
        page, {"shown": ["email", "email:offers"], "email": "on", "email:offers": "on"}
    )
    assert preference_centre.choices(message)[0].topics[0].is_wanted


def test_everything_is_stopped_by_one_button(human, message):
    make_consent(message.customer, "sms")
    human.post(
        path(links.preferences_url(message.pk)),
        {"stop": "1", "shown": ["email"], "email": "on"},
    )
    assert not any(choice.is_wanted for choice in preference_centre.choices(message))


def test_saving_what_is_shown_writes_nothing_new(human, message):
    page, before = path(links.preferences_url(message.pk)), Consent.objects.count()
    human.post(
        page, {"shown": ["email", "email:offers"], "email": "on", "email:offers": "on"}
    )
    assert Consent.objects.count() == before


@pytest.mark.parametrize(
    ("language", "asked", "title"),
    [
        ("", "", "What you get"),
        ("zh-CN", "", "您"),
        ("zh", "", "您"),
        ("de", "", "What you get"),
        ("zh-CN", "?lang=en", "What you get"),
        ("", "?lang=zh-hans", "您"),
        ("", "?lang=../x", "What you get"),
    ],
)
def test_the_preference_centre_speaks_the_readers_language(
    human, message, language, asked, title
):
    type(message.customer).objects.filter(pk=message.customer_id).update(
        language=language
    )
    page = human.get(path(links.preferences_url(message.pk)) + asked).content.decode()
    assert title in page.partition("<h1>")[2].partition("</h1>")[0]


def test_an_address_is_shown_only_by_its_ends(human, message):
    page = human.get(path(links.preferences_url(message.pk))).content.decode()
    assert message.customer.email not in page
    assert "•••@customers.example" in page


# Notifications in the browser


def subscription(**changes) -> dict:
    return {"endpoint": "https://8.8.8.8/push/1", "keys": Browser().keys, **changes}


def test_a_browser_subscribes_by_post_and_only_so(human, message):
    page = path(links.push_url(message.customer_id))
    for look in (human.get, human.head):
        assert look(page).status_code == 200
    assert not Device.objects.exists()
    assert (
        human.post(page, subscription(), content_type="application/json").status_code
        == 200
    )
    device = Device.objects.get()
    assert (device.kind, device.customer_id, device.is_active) == (
        "web_push",
        message.customer_id,
        True,
    )
    assert Consent.objects.filter(channel="web_push", status="granted").count() == 1
    human.post(
        page, {"endpoint": device.token, "gone": True}, content_type="application/json"
    )
    device.refresh_from_db()
    assert not device.is_active


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://8.8.8.8/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": 7},
        {"endpoint": "https://8.8.8.8/" + "x" * 3000},
        {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {"keys": {**Browser().keys, "auth": "AAAA"}},
        {"keys": {**Browser().keys, "p256dh": "!!"}},
        {"keys": None},
    ],
)
def test_what_is_no_subscription_is_refused(human, message, changes):
    answer = human.post(
        path(links.push_url(message.customer_id)),
        subscription(**changes),
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Device.objects.exists()


def test_a_guessed_subscribing_page_is_nobodys(human, message):
    good = path(links.push_url(message.customer_id))
    assert human.get(good[:-1] + ("A" if good[-1] != "A" else "B")).status_code == 404
    worker = human.get("/push/worker.js")
    assert (worker.status_code, worker["Content-Type"]) == (200, "text/javascript")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "https://shop.example/",
            "https://shop.example/?utm_source=rapport&utm_medium=sms&utm_campaign=Win+back",
        ),
        (
            "https://shop.example/a?b=1#c",
            "https://shop.example/a?b=1&utm_source=rapport&utm_medium=sms&utm_campaign=Win+back#c",
        ),
        (
            "https://shop.example/?utm_source=ours",
            "https://shop.example/?utm_source=ours",
        ),
    ],
)
def test_links_say_where_a_visit_came_from(url, told):
    assert utm.with_utm(url, medium="sms", campaign="Win back") == told


# Judged anew


def test_who_turns_out_a_machine_is_counted_as_one_and_its_evidence_stays(
    human, message
):
    for name in ("bread", "milk", "wine"):
        (target,) = link_tracking.store([f"https://shop.example/{name}"]).values()
        human.get(path(links.click_url(message.pk, target)))
    assert Touchpoint.objects.filter(is_machine=False).count() == 3
    assert reclassify(now() - timedelta(days=1)) == Judged(3, 0, 3)
    touch = Touchpoint.objects.first()
    assert touch.is_machine
    assert touch.evidence["signs"] == ["followed many links in a moment"]
    assert touch.evidence["user_agent"] == BROWSER
    assert reclassify(now() - timedelta(days=1)) == Judged(3, 0, 0), (
        "again it changes nothing"
    )


def test_two_links_in_a_moment_are_a_persons(human, message):
    for name in ("bread", "milk", "bread"):
        (target,) = link_tracking.store([f"https://shop.example/{name}"]).values()
        human.get(path(links.click_url(message.pk, target)))
    assert reclassify(now() - timedelta(days=1)).now_machine == 0


def test_who_turns_out_human_becomes_an_event_once(human, client, message, monkeypatch):
    client.get(
        click_path(message), headers={"user-agent": "HomeBrowser 1.0 preview-edition"}
    )
    client.get(
        path(links.open_url(message.pk)),
        headers={"user-agent": "HomeBrowser 1.0 preview-edition"},
    )
    assert not Event.objects.filter(
        type__in=["message_clicked", "message_opened"]
    ).exists()
    monkeypatch.setattr(bot_detection, "MACHINES", re.compile("scanner"))
    for expected in (Judged(2, 2, 0), Judged(2, 0, 0)):
        assert reclassify(now() - timedelta(days=1)) == expected
    assert Event.objects.filter(type="message_clicked").count() == 1
    assert Event.objects.filter(type="message_opened").count() == 1


def test_what_only_looked_ahead_stays_a_machine(client, message):
    client.get(
        click_path(message), headers={"user-agent": BROWSER, "sec-purpose": "prefetch"}
    )
    assert reclassify(now() - timedelta(days=1)) == Judged(1, 0, 0)


def test_evidence_that_was_forgotten_judges_nobody(human, message):
    human.get(click_path(message))
    Touchpoint.objects.update(evidence={})
    assert reclassify(now() - timedelta(days=1)) == Judged(1, 0, 0)


def test_the_command_says_what_changed(human, message, capsys):
    human.get(click_path(message))
    call_command("reclassify", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "n": 1,
        "now_human": 0,
        "now_machine": 0,
    }
    with pytest.raises(BadInput):
        call_command("reclassify", "--since", "yesterday")


def test_links_are_looked_up_anew_on_a_new_session():
    link_tracking.store(["https://shop.example/bread"])
    assert link_tracking._ids
    connection_created.send(sender=type(connection), connection=connection)
    assert not link_tracking._ids, "after a restore an id may mean another link"
