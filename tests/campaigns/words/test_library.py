"""Templates that campaigns share: each change a version, taken over as it stands when a
campaign is applied.
"""

import pytest

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import parse, settle_words
from campaigns.models import Template, TemplateVersion
from campaigns.rendering import template_library
from campaigns.rendering.compose import preview
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.template_cache import VersionWords

pytestmark = pytest.mark.django_db
LETTER = (
    "<mjml><mj-body><mj-include path='head.mjml'"
    " /><mj-section><mj-column><mj-text>{}</mj-text></mj-column>"
    "</mj-section></mj-body></mjml>"
)
HEAD = (
    "<mj-section><mj-column><mj-text>Corner Shop {{ customer.id"
    " }}</mj-text></mj-column></mj-section>"
)
FILE = """
name: Hello
trigger: {kind: api, sample: {}}
messages:
  email: {template: Welcome, subject: "Our own subject"}
"""


@pytest.fixture
def welcome() -> TemplateVersion:
    template_library.write("head.mjml", Template.BLOCK, {"source": HEAD}, by=None)
    german = {
        "subject": "Willkommen",
        "mjml": LETTER.format("Grüß dich"),
        "text": "Grüß dich",
    }
    parts = {
        "subject": "Welcome",
        "mjml": LETTER.format("Hello"),
        "text": "Hello",
        "languages": {"de": german},
    }
    return template_library.write("Welcome", "email", parts, by=None).version


def test_the_same_words_are_no_new_version(welcome):
    assert not template_library.write("Welcome", "email", welcome.parts, by=None).is_new
    again = template_library.write(
        "Welcome", "email", {**welcome.parts, "text": "Hello!"}, by=None
    )
    assert (again.is_new, again.version.number) == (True, 2)
    assert Template.objects.get(name="Welcome").newest == again.version


def test_a_campaign_takes_a_template_over_with_its_blocks_and_languages(welcome):
    content = stored(read(parse(FILE)))
    words = VersionWords(content)
    said = preview(words.of("message", "email"), {"customer": {"id": "c1"}})
    assert said.subject == "Our own subject"
    assert "Corner Shop c1" in said.html
    assert (
        "Grüß dich"
        in preview(words.of("message", "email", "de"), {"customer": {"id": "c1"}}).html
    )
    assert content["messages"]["email"]["template"] == "Welcome v1"


def test_what_was_applied_stays_when_the_template_changes(welcome):
    content = stored(read(parse(FILE)))
    template_library.write(
        "head.mjml",
        Template.BLOCK,
        {"source": HEAD.replace("Corner", "Other")},
        by=None,
    )
    template_library.write(
        "Welcome", "email", {**welcome.parts, "text": "Changed"}, by=None
    )
    assert (
        preview(
            VersionWords(content).of("message", "email"), {"customer": {"id": "c1"}}
        ).text
        == "Hello"
    )
    newer = stored(read(parse(FILE)))
    assert newer["messages"]["email"]["template"] == "Welcome v2"
    assert "Other Shop" in newer["messages"]["email"]["html"]


def test_a_stored_campaign_may_be_applied_again(welcome):
    content = stored(read(parse(FILE)))
    template_library.write(
        "Welcome", "email", {**welcome.parts, "text": "Changed"}, by=None
    )
    assert (
        stored(
            read(
                settle_words(
                    {
                        **content,
                        "messages": {"email": dict(content["messages"]["email"])},
                    }
                )
            )
        )
        == content
    )


@pytest.mark.parametrize(
    ("name", "channel", "parts", "said"),
    [
        ("x", "email", {"subject": "x", "text": "x"}, "mjml or html: is missing"),
        ("x", "sms", {"text": "{{ customer.first_name"}, "line 1"),
        (
            "x",
            "sms",
            {"text": "x", "languages": {"Deutsch": {"text": "x"}}},
            "'Deutsch' is no language",
        ),
        (
            "x",
            "push",
            {"title": "x", "text": "x", "languages": {"de": {"title": "x"}}},
            "text in de: is missing",
        ),
        (
            "x",
            "email",
            {"subject": "x", "text": "x", "mjml": LETTER.replace("head", "no")},
            "no block named",
        ),
        ("x", "pigeon", {}, "no channel"),
        ("", "sms", {"text": "x"}, "needs a name"),
        ("a\nb", "sms", {"text": "x"}, "needs a name"),
        ("footer", "block", {"source": "x"}, "ends with"),
        ("a.txt", "block", {"source": "{% render 'nothing.txt' %}"}, "no block named"),
        ("Welcome", "sms", {"text": "x"}, "is a template for email"),
    ],
)
def test_what_can_not_be_sent_is_not_kept(welcome, name, channel, parts, said):
    before = TemplateVersion.objects.count()
    with pytest.raises(WordsError, match=said):
        template_library.write(name, channel, parts, by=None)
    assert TemplateVersion.objects.count() == before


def test_a_template_that_is_not_there_is_named_with_its_place():
    with pytest.raises(
        BadCampaign,
        match=r"^messages\.email: there is no template named 'Welcome' for email",
    ):
        parse(FILE)
