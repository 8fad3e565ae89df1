"""Words in several languages: each reader gets the closest, everybody else the words
for everybody.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.content import language_variants
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import parse
from campaigns.rendering.compose import preview
from campaigns.rendering.render_check import Sample, problems
from campaigns.rendering.template_cache import VersionWords

LETTER = "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section></mj-body></mjml>"
FILE = """
name: Hello
trigger: {kind: api, sample: {}}
channels: [email, sms]
holdout: 0
arms:
  - {name: plain}
  - {name: short, messages: {sms: {text: "Hi!"}}}
messages:
  sms:
    text: "Hello {{ customer.first_name | default: 'you' }}"
    languages:
      de: {text: "Hallo {{ customer.first_name | default: 'du' }}"}
      zh-hans: {text: "你好"}
  email:
    subject: Hello
    mjml: HELLO
    text: Hello
    languages:
      de:
        subject: Hallo
        mjml: GRUSS
        text: Hallo
""".replace("HELLO", LETTER.format("Hello {{ customer.id }}")).replace(
    "GRUSS", LETTER.format("Grüß dich")
)


@pytest.fixture(scope="module")
def content() -> dict:
    return stored(read(parse(FILE)))


@pytest.fixture
def words(content) -> VersionWords:
    return VersionWords(content)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("", "Hello you"),
        ("en", "Hello you"),
        ("de", "Hallo du"),
        ("de-AT", "Hallo du"),
        ("de_CH", "Hallo du"),
        ("zh-CN", "你好"),
        ("zh-Hans", "你好"),
        ("zh", "你好"),
        ("zh-TW", "Hello you"),
        ("fr", "Hello you"),
        ("nonsense!", "Hello you"),
        ("DE", "Hallo du"),
    ],
)
def test_each_reader_gets_the_closest_words(words, reader, text):
    assert (
        preview(
            words.of("plain", "sms", reader), {"customer": {"language": reader}}
        ).text
        == text
    )


def test_every_part_of_a_letter_is_in_one_language(words):
    said = preview(words.of("plain", "email", "de"), {"customer": {"id": "c1"}})
    assert (said.subject, said.text) == ("Hallo", "Hallo")
    assert "Grüß dich" in said.html
    assert (
        "Hello c1"
        in preview(words.of("plain", "email"), {"customer": {"id": "c1"}}).html
    )


def test_an_arm_that_says_it_anew_says_so_in_every_language(words):
    assert words.of("short", "sms", "de") is words.of("short", "sms")
    assert preview(words.of("short", "sms", "de"), {}).text == "Hi!"


def test_a_stored_version_reads_as_it_was_written(content):
    assert stored(read(content)) == content
    assert content["messages"]["sms"]["text@zh-hans"] == "你好"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("de: {text", "deutsch!: {text"),
            "messages.sms.languages.deutsch!: a language is expected",
        ),
        (("        text: Hallo\n", ""), "messages.email.languages.de.text: is missing"),
        (
            ('de: {text: "Hallo', 'de: {words: x, text: "Hallo'),
            "messages.sms.languages.de.words",
        ),
        (
            ("<mj-text>Grüß", "<mj-tekst>Grüß"),
            "messages.email.languages.de: the MJML can't be read",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(change, said):
    with pytest.raises(BadCampaign, match="^" + said.replace(".", r"\.")):
        read(parse(FILE.replace(*change)))


def test_what_is_missing_in_one_language_is_found_before_launch(content):
    content = {
        **content,
        "messages": {
            "sms": {"text": "Hello", "text@de": "Hallo {{ customer.first_name }}"}
        },
    }
    (problem,) = problems(
        VersionWords(content),
        "plain",
        "sms",
        [Sample("c1", {"customer": {"id": "c1"}})],
    )
    assert (
        problem
        == "messages.sms.text: customer.first_name is missing and has no default. In"
        " the words for de. (for c1)"
    )


@given(st.text(max_size=12))
def test_any_text_may_stand_where_a_language_belongs(reader):
    assert language_variants.closest(("de", "zh-hans"), reader) in ("", "de", "zh-hans")
