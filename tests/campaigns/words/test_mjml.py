"""MJML becomes HTML once; Liquid stands through it and is filled afterwards."""

import pytest

from campaigns.rendering.liquid import WordsError, environment, parse, render
from campaigns.rendering.mjml import compile_mjml

PAGE_OPEN = "<mjml><mj-body>\n<mj-section><mj-column>\n"
PAGE = "<mjml><mj-body>{}</mj-body></mjml>"
SECTION = "<mj-section><mj-column>{}</mj-column></mj-section>"


def compiled(body: str, **blocks: str) -> str:
    return compile_mjml(
        PAGE.format(body), {f"{name}.mjml": source for name, source in blocks.items()}
    )


def test_liquid_survives_with_its_quotes_and_comparisons():
    html = compiled(
        SECTION.format(
            '<mj-text>{% if n < 2 %}{{ a | default: "<one>" }}{% endif %}</mj-text>'
        )
        + "{% for p in ps %}"
        + SECTION.format(
            "<mj-button href='{{ p.url | default: \"https://a.example\" }}'>{{ p.title"
            " }}</mj-button>"
        )
        + "{% endfor %}"
    )
    assert "{% if n < 2 %}" in html
    assert '{{ a | default: "<one>" }}' in html
    text = render(
        parse(html, environment({}, is_html=True)),
        {"n": 1, "ps": [{"title": "A & B"}, {"title": "C"}]},
    )
    assert "A &amp; B" in text
    assert text.count("https://a.example") == 2


def test_blocks_are_put_in_before_widths_are_reckoned():
    html = compiled(
        '<mj-include path="card.mjml" />',
        card=SECTION.format("<mj-text>{{ x }}</mj-text>"),
    )
    assert "max-width:600px" in html


def test_nobody_else_is_told_who_reads():
    assert "https://fonts" not in compiled(
        SECTION.format("<mj-text font-family='Ubuntu'>a</mj-text>")
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<mj-section><mj-column>", "can't be read"),
        ("<mj-nonsense/>", "can't be read"),
        ('<mj-include path="gone.mjml"/>', "no block named 'gone.mjml'"),
    ],
)
def test_bad_mjml_is_one_sentence(body, words):
    with pytest.raises(WordsError, match=words):
        compiled(body)


def test_blocks_that_include_each_other_end():
    with pytest.raises(WordsError, match="each other"):
        compiled(
            '<mj-include path="a.mjml"/>',
            a='<mj-include path="b.mjml"/>',
            b='<mj-include path="a.mjml"/>',
        )


@pytest.mark.parametrize(
    ("language", "said"),
    [("", "<html"), ("de", '<html lang="de"'), ("zh-hans", '<html lang="zh-hans"')],
)
def test_a_page_says_its_language_where_it_is_known(language, said):
    html = compile_mjml(PAGE.format("<mj-section></mj-section>"), {}, language)
    assert said in html
    assert 'lang="und"' not in html
    assert ("lang=" in html) == bool(language)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<p>hi</p>", "it starts with <mjml>"),
        (PAGE_OPEN + "<mj-text>a", "line 3: <mj-text> is never closed"),
        (
            PAGE_OPEN + "<mj-text>{% if a < b %}\n<b>x</mj-text>",
            "line 4: </mj-text> stands where <b> of line 4 is still open",
        ),
        (PAGE_OPEN + "</mj-text>", "line 3: </mj-text> stands where <mj-column>"),
        (PAGE_OPEN + '<mj-button href="x>a', "never closed"),
    ],
)
def test_a_fault_is_told_in_words_with_its_line(source, why):
    with pytest.raises(WordsError, match=why):
        compile_mjml(source, {})
