"""A letter that was written in blocks leaves by SMTP as the editor showed it: its
picture, its facts, its links counted, its way out.
"""

import re
from html import unescape

import pytest

from campaigns.delivery import send
from campaigns.delivery.sinks import log
from campaigns.lifecycle.campaign_files import settle_words
from campaigns.rendering import template_library
from campaigns.rendering.design import images
from tests.campaigns.design.test_images import drawn
from tests.sending import make_send, only_message, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_sinks")]


def words_of(mail, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


def test_what_leaves_is_what_was_written(settings):
    image = images.keep(drawn(), "coat.png", "A coat", by=None)
    blocks = [
        {"kind": "heading", "id": "a", "text": [{"text": "Coats & hats < all"}]},
        {"kind": "image", "id": "b", "image": image.digest, "alt": 'A "red" coat'},
        {
            "kind": "text",
            "id": "c",
            "text": [
                [
                    {"text": "Dear "},
                    {"fact": "name", "otherwise": "friend"},
                    {"text": ", look", "link": "https://shop.example/new?a=1&b=2"},
                ]
            ],
        },
        {"kind": "footer", "id": "d"},
    ]
    lines = {"subject": [{"text": "For "}, {"fact": "name", "otherwise": "you"}]}
    design = {"lines": lines, "blocks": blocks}
    template_library.write("Coats", "email", {"design": design}, by=None)
    raw = settle_words({"messages": {"email": {"template": "Coats"}}})
    email = raw["messages"]["email"]
    assert (email["template"], "design" in email) == ("Coats v1", False)
    run = make_send(1, messages={"email": email})
    assert send.drain("bulk") == 1
    message, mail = only_message(run), log.mail(taken("email")[-1])
    assert message.state == "sent"
    assert mail["Subject"] == "For Ada"
    html, text = words_of(mail, "html"), words_of(mail, "plain")
    assert f"{settings.BASE_URL}/i/{image.digest}.png" in html
    assert "Coats & hats < all" in unescape(html)
    assert "hats < all" not in html
    assert 'A "red" coat' in unescape(html)
    for said in (unescape(html), text):
        assert "Dear " in said
    assert "Dear Ada, look" in text.replace("\n", " ")
    assert re.search(rf'href="{settings.BASE_URL}/c/{message.pk}-', html)
    assert f"/u/{message.pk}." in html
    assert f"/u/{message.pk}." in text


def test_what_was_typed_is_no_code_and_never_leaves_as_it_stands():
    blocks = [
        {"kind": "text", "id": "a", "text": [[{"text": "You are {{ customer.id }}"}]]},
        {"kind": "footer", "id": "b"},
    ]
    design = {"lines": {"subject": [{"text": "Hello"}]}, "blocks": blocks}
    template_library.write("Typed", "email", {"design": design}, by=None)
    raw = settle_words({"messages": {"email": {"template": "Typed"}}})
    run = make_send(1, messages={"email": raw["messages"]["email"]})
    send.drain("bulk")
    message = run.messages.get()
    assert message.state == "failed"
    assert "{{ customer.id }}" in message.reason
    assert taken("email") == []


def test_who_has_no_name_reads_the_default(settings):
    blocks = [
        {
            "kind": "text",
            "id": "c",
            "text": [[{"text": "Dear "}, {"fact": "name", "otherwise": "friend"}]],
        },
        {"kind": "footer", "id": "d"},
    ]
    lines = {"subject": [{"text": "Hi"}]}
    design = {"lines": lines, "blocks": blocks}
    template_library.write("Coats", "email", {"design": design}, by=None)
    email = settle_words({"messages": {"email": {"template": "Coats"}}})["messages"]
    run = make_send(1, messages=email)
    message = only_message(run)
    message.context = {"customer": {}}
    message.save()
    send.drain("bulk")
    assert "Dear friend" in words_of(log.mail(taken("email")[-1]), "plain")
