"""The inbox shows what the sinks wrote, nothing else, and runs none of it."""

import json
from email import policy
from email.message import EmailMessage

import pytest
from django.urls import reverse

from campaigns.admin.inbox import reading
from tests.small_shop import fill_sinks


@pytest.fixture
def sinks(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    fill_sinks(tmp_path / "sinks", 5)
    return tmp_path / "sinks"


def test_the_newest_letter_is_open(signed_in, sinks):
    page = signed_in.get(reverse("inbox")).content.decode()
    assert "<h2>We kept your bread, number 4</h2>" in page
    assert page.count('class="i-subject"') == 5


def test_a_letter_is_shown_without_scripts_pictures_or_our_session(signed_in, sinks):
    place = reading.newest(sinks / "email.jsonl", 1)[0].place
    answer = signed_in.get(reverse("inbox-letter", args=[place]))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert b"CODE4" in answer.content


def test_the_picture_that_counts_opens_is_not_asked_for(signed_in, sinks):
    place = append_letter(
        sinks,
        '<p>Bread</p><img src="http://shop.example/o/1.gif" width="1"'
        ' style="display:none">',
    )
    words = signed_in.get(reverse("inbox-letter", args=[place])).content.decode()
    assert "Bread" in words
    assert "<img" not in words


def test_the_list_reads_only_the_beginning_of_a_large_letter(signed_in, sinks):
    append_letter(sinks, "<p>last words</p>", text="first words " * 10_000)
    page = signed_in.get(reverse("inbox")).content.decode()
    assert "<h2>Large</h2>" in page
    assert "first words" in page
    assert '<b id="n-email">6</b>' in page
    append_letter(sinks, "<p>last words</p>")
    assert '<b id="n-email">7</b>' in signed_in.get(reverse("inbox")).content.decode()


def append_letter(sinks, html: str, text: str = "Bread") -> int:
    """Write a mail behind the others in the sink's log; return its place."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"], mail["From"], mail["To"] = (
        "Large",
        "hello@shop.example",
        "ann@customers.example",
    )
    mail.set_content(text)
    mail.add_alternative(html, subtype="html", cte="base64")
    log = sinks / "email.jsonl"
    line = {
        "at": "2024-05-01T09:30:00+00:00",
        "to": ["ann@customers.example"],
        "raw": mail.as_bytes().decode("latin-1"),
    }
    with log.open("a") as file:
        place = file.tell()
        file.write(json.dumps(line) + "\n")
    return place


def test_text_messages_of_one_number_are_one_thread(signed_in, sinks):
    page = signed_in.get(reverse("inbox-channel", args=["sms"])).content.decode()
    assert page.count('class="i-bubble"') == 5


def test_notifications_stand_on_the_phone(signed_in, sinks):
    page = signed_in.get(reverse("inbox-channel", args=["push"])).content.decode()
    assert "CODE4 is yours until Sunday" in page


def test_what_is_written_in_a_message_stays_words(signed_in, sinks):
    line = {
        "at": "2024-05-01T09:30:00+00:00",
        "to": ["+1"],
        "body": {"to": "+1", "text": "<script>alert(1)</script>"},
    }
    with (sinks / "sms.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
    page = signed_in.get(reverse("inbox-channel", args=["sms"])).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_unknown_channel_or_place_is_not_found(signed_in, sinks):
    assert signed_in.get(reverse("inbox-channel", args=["pigeon"])).status_code == 404
    assert signed_in.get(reverse("inbox-letter", args=[3])).status_code == 404


@pytest.mark.parametrize("block_bytes", [7, 64, 10_000])
def test_a_log_is_read_from_its_end_page_by_page(tmp_path, monkeypatch, block_bytes):
    monkeypatch.setattr(reading, "BLOCK_BYTES", block_bytes)
    log = tmp_path / "log.jsonl"
    log.write_text(
        "".join(json.dumps({"n": n, "pad": "x" * (n % 40)}) + "\n" for n in range(100))
        + '{"half'
    )
    seen, before = [], None
    while page := reading.newest(log, 7, before):
        seen += [line.facts["n"] for line in page]
        before = page[-1].place
        assert reading.at(log, before) == page[-1]
    assert seen == list(range(99, -1, -1))
    assert reading.size(log) == 100


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert reading.newest(tmp_path / "none.jsonl", 5) == []
    assert reading.at(tmp_path / "none.jsonl", 0) is None
