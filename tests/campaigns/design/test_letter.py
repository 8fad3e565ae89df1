"""A document of the editor becomes a letter: whatever blocks it has, and whatever
people typed into them.
"""

from html import unescape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaigns.rendering import liquid
from campaigns.rendering.compose import NOWHERE
from campaigns.rendering.design import letter
from campaigns.rendering.design.facts import FACTS, LINKS
from campaigns.rendering.design.look import FONTS, Look, contrast, readable_on
from campaigns.rendering.design.reading import read
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.mjml import compile_mjml
from campaigns.rendering.template_cache import parse

DIGEST = "0123456789abcdef0123456789abcdef01234567"
IMAGES = {DIGEST: f"https://shop.example/i/{DIGEST}.png"}
EVIL = "<script>alert(1)</script>\"'&{{ customer.id }}{% if %}·liquid·0·}}"
SHOP = {"shop": {"name": "Shop <&>", "url": "https://shop.example"}, **NOWHERE}
PRODUCT = {
    "title": "Coat <b>",
    "price": "$5",
    "reason": "new",
    "url": "https://shop.example/c?a=1&b=2",
    "image_url": "https://shop.example/c.png",
}
NOBODY = {
    **SHOP,
    "recommendations": [],
    "customer": {},
    "visits": {},
    "today": "1 May",
    "points": {"balance": 0, "expiring": 0},  # who has none has 0
}
SOMEBODY = {
    **NOBODY,
    "customer": {"first_name": "Ada <i>", "full_name": "Ada L"},
    "recommendations": [PRODUCT, {"title": "Hat"}],
    "last_viewed": [PRODUCT],
    "coupon": {
        "code": "C-1",
        "worth": "$5",
        "expires_on": "2 May",
        "minimum_spend": "$9",
    },
    "order": {
        "id": "7",
        "on": "1 May",
        "total": "$9",
        "lines": [{"title": "Coat", "quantity": 1}],
    },
    "visits": {"last_seen": "today"},
}


def filled(design, context, channel="email", look=None):
    """The parts as a customer gets them, by the way that campaigns go."""
    look = look or Look()
    parts = letter.parts(design, channel, look, IMAGES)
    if "mjml" in parts:
        parts["html"] = compile_mjml(parts["mjml"], {})
    return parse(channel, {"subject": "Hi", **parts}, {}).fill(context)


def design_of(*blocks, **lines):
    return read({"version": 1, "lines": lines, "blocks": list(blocks)})


texts = st.one_of(st.text(max_size=40), st.just(EVIL), st.just("{{"), st.just("{%"))
links = st.sampled_from(
    ["", *LINKS, "https://x.example/?a=1&b='\"{{x}}", "mailto:a@b.example", "tel:+49"]
)
runs = st.one_of(
    st.fixed_dictionaries(
        {"text": texts}, optional={"bold": st.booleans(), "link": links}
    ),
    st.fixed_dictionaries(
        {
            "fact": st.sampled_from(sorted(FACTS)),
            "otherwise": texts.map(lambda t: t or "x"),
        },
        optional={"italic": st.booleans(), "link": links},
    ),
)
lines = st.lists(runs, max_size=4)
paragraphs = st.lists(lines, max_size=3)
aligns = st.sampled_from(["left", "center", "right"])


def block(kind, **fields):
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


small = st.one_of(
    block("heading", text=lines, level=st.sampled_from([1, 2]), align=aligns),
    block("text", text=paragraphs, is_small=st.booleans()),
    block("image", image=st.sampled_from(["", DIGEST]), alt=texts, link=links),
    block("image", url=st.just("https://x.example/a'b\"{{c}}.png"), alt=texts),
    block(
        "button", text=lines, link=links, look=st.sampled_from(["filled", "outlined"])
    ),
    block("divider", has_line=st.booleans()),
)
numbers = st.integers(1, 12)
large = st.one_of(
    block("products", title=lines, most=numbers, columns=st.integers(1, 3)),
    block("coupon", text=lines, note=lines),
    block("last_viewed", title=lines, most=st.integers(1, 6)),
    block("order", title=lines, total=texts),
    block(
        "columns",
        columns=st.lists(
            st.fixed_dictionaries({"blocks": st.lists(small, max_size=3)}),
            min_size=2,
            max_size=3,
        ),
    ),
    block(
        "social",
        links=st.lists(
            st.fixed_dictionaries({"name": texts, "link": links}), max_size=3
        ),
    ),
    block("footer", text=paragraphs, unsubscribe=texts, preferences=texts),
)
looks = st.builds(
    Look,
    accent=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
    font=st.sampled_from(sorted(FONTS)),
    name=texts,
    footer=texts,
    logo=st.sampled_from(["", IMAGES[DIGEST]]),
)


def numbered(blocks):
    """Give each block the id that the editor gives it."""
    n = 0
    for one in blocks:
        n += 1
        one["id"] = f"b{n}"
        for column in one.get("columns", ()) if one["kind"] == "columns" else ():
            for inner in column["blocks"]:
                n += 1
                inner["id"] = f"b{n}"
    return blocks


trees = st.lists(small | large, max_size=6).map(
    lambda blocks: numbered([dict(one) for one in _copied(blocks)])
)


def _copied(blocks):
    import copy

    return copy.deepcopy(blocks)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(blocks=trees, subject=lines, look=looks)
@example(
    blocks=[{"kind": "text", "id": "b1", "text": [[{"text": EVIL}]]}],
    subject=[],
    look=Look(),
)
def test_every_tree_of_blocks_becomes_a_letter_and_no_typed_word_becomes_code(
    blocks, subject, look
):
    design = read({"version": 1, "lines": {"subject": subject}, "blocks": blocks})
    for context in (NOBODY, SOMEBODY):
        parts = letter.parts(design, "email", look, IMAGES)
        if "mjml" not in parts or not parts["text"].strip():
            continue
        parts["html"] = compile_mjml(parts["mjml"], {})
        said = parse("email", {"subject": "Hi", **parts}, {}).fill(context)
        assert "<script>" not in said["html"]
        assert "liquid·" not in said["html"].replace("·liquid·0·", "")
        assert "<i>" not in said["html"], "a customer's name is no markup either"


def test_what_was_typed_is_read_as_it_was_typed():
    typed = EVIL + " {{ shop.name }} {{ '{{' }} {%raw%}"
    design = design_of(
        {"kind": "text", "id": "a", "text": [[{"text": typed}]]},
        {"kind": "image", "id": "b", "image": DIGEST, "alt": typed},
        subject=[{"text": typed}],
    )
    said = filled(design, NOBODY)
    assert said["subject"] == " ".join(typed.split())
    assert typed in said["text"]
    assert unescape(said["html"]).count(typed) == 5, (
        "title, preheader, label, text, alt"
    )


@pytest.mark.parametrize("name", [{"first_name": "Ada"}, {}])
def test_a_fact_has_a_default_for_those_without_it(name):
    design = design_of(
        {
            "kind": "text",
            "id": "a",
            "text": [
                [{"text": "Dear "}, {"fact": "name", "otherwise": "{friend}"}],
                [{"fact": "product", "otherwise": "our best"}],
            ],
        }
    )
    said = filled(design, {**NOBODY, "customer": name})
    wanted = f"Dear {name.get('first_name', '{friend}')}"
    assert wanted in said["text"]
    assert wanted in unescape(said["html"])
    assert "our best" in said["text"]


def test_a_fact_without_a_default_holds_the_message_of_those_without_it():
    design = design_of({"kind": "heading", "id": "a", "text": [{"fact": "code"}]})
    with pytest.raises(liquid.WordsError, match=r"coupon is missing"):
        filled(design, NOBODY)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/relative",
        "http://",
        "https:evil",
        "file:///etc/passwd",
        "mailto:",
    ],
)
@pytest.mark.parametrize("kind", ["button", "image", "text", "social"])
def test_a_link_that_leads_nowhere_good_is_refused_with_its_place(kind, address):
    holder = {
        "button": {"link": address},
        "image": {"link": address},
        "text": {"text": [[{"text": "x", "link": address}]]},
        "social": {"links": [{"name": "x", "link": address}]},
    }[kind]
    divider = {"kind": "divider", "id": "a"}
    with pytest.raises(WordsError, match=r"Block 2 .*link starts with https://"):
        design_of(divider, {"kind": kind, "id": "b", **holder})


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ({"version": 2}, "version"),
        ({"version": 1, "blocks": [{"kind": "video", "id": "a"}]}, "Block 1"),
        ({"version": 1, "blocks": [{"kind": "text"}]}, "Block 1"),
        ({"version": 1, "blocks": 7}, "blocks"),
        ({"version": 1, "x": 1}, "x"),
        ([], "valid dictionary"),
        ({"version": 1, "blocks": [{"kind": "divider", "id": "a"}] * 2}, "same id"),
        (
            {"blocks": [{"kind": "divider", "id": f"a{n}"} for n in range(10_000)]},
            "at most 200 blocks; this one has 10000",
        ),
        (
            {
                "blocks": [
                    {
                        "kind": "columns",
                        "id": f"c{n}",
                        "columns": [
                            {
                                "blocks": [
                                    {"kind": "divider", "id": f"d{n}x{m}"}
                                    for m in range(12)
                                ]
                            },
                            {},
                        ],
                    }
                    for n in range(20)
                ]
            },
            "at most 200 blocks",
        ),
        (
            {"blocks": [{"kind": "text", "id": "a", "text": [[{"fact": "secret"}]]}]},
            "Block 1",
        ),
        ({"blocks": [{"kind": "image", "id": "a", "image": "../../etc"}]}, "Block 1"),
        ({"blocks": [{"kind": "heading", "id": 'a"onload', "text": []}]}, "Block 1"),
        (
            {
                "blocks": [
                    {"kind": "text", "id": "a", "text": [[{"text": "x" * 9_999}]]}
                ]
            },
            "Block 1",
        ),
    ],
)
def test_what_is_no_document_is_refused_in_one_sentence(raw, why):
    with pytest.raises(WordsError, match=why) as refused:
        read(raw)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_the_brand_is_on_every_letter_and_words_on_its_colour_can_be_read():
    look = Look(accent="#ffe600", name="Lamp & Co", footer="Lamp Ltd\n1 Street")
    said = filled(
        design_of({"kind": "button", "id": "a"}, {"kind": "footer", "id": "b"}),
        NOBODY,
        look=look,
    )
    assert "Lamp &amp; Co" in said["html"]
    assert "Lamp Ltd<br />1 Street" in said["html"].replace("<br/>", "<br />")
    assert "#ffe600" in said["html"]
    assert "Lamp Ltd\n1 Street" in said["text"]
    assert readable_on("#ffe600") == "#111827"
    assert readable_on("#0f766e") == "#ffffff"
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_text_message_is_its_line():
    design = design_of(text=[{"text": "Hi "}, {"fact": "name", "otherwise": "you"}])
    assert filled(design, NOBODY, "sms")["text"] == "Hi you"
