"""Documents are cut into passages that cite what was written, character for character."""

import pytest

from campaigns.answers.retrieval.documents import Document, DocumentError, folder, read

MARKDOWN = """---
title: Help
---
# Help

## Returns

You have **30 days**.
Keep the tag.\r

- We collect sofas for free.
- Lamps travel by post.

Sizes:

- S
- M

## How to return

1. Open your order.
2. Print the label.

| Land | Days |
|---|---|
| Spain | 4 |
| Malta | 9 |

```
code is no answer
```
"""
HTML = """<html><head><title>T</title><style>p{}</style></head><body><nav>Menu</nav>
<h1>Help</h1><h2>Costs &amp; times</h2><p>It costs <b>&pound;25</b> &#8211; once.</p>
<ul><li>One thing.<li>Another thing.</ul>
<table><tr><th>Land</th><th>Days</th></tr><tr><td>Spain</td><td>4</td></tr></table>
<script>alert("no")</script><dl><dt>Is it open?<dd>Yes, daily.</dl><p>last words
</body></html>"""


def passages_of(name: str, text: str):
    return read(name, text.encode()).passages()


def cited(name: str, text: str) -> dict[str, str]:
    return {one.text: text[one.start : one.end] for one in passages_of(name, text)}


def test_markdown_is_cited_as_it_was_written():
    assert cited("help.md", MARKDOWN) == {
        "You have 30 days. Keep the tag.": "You have **30 days**.\nKeep the tag.",
        "We collect sofas for free.": "We collect sofas for free.",
        "Lamps travel by post.": "Lamps travel by post.",
        "Sizes:": "Sizes:",
        "S · M": "S\n- M",
        "Open your order. · Print the label.": "1. Open your order.\n2. Print the label.",
        "Land: Spain; Days: 4": "Spain | 4",
        "Land: Malta; Days: 9": "Malta | 9",
    }


def test_html_is_cited_as_it_was_written_and_what_nobody_sees_is_left_out():
    assert cited("help.html", HTML) == {
        "It costs £25 – once.": "It costs <b>&pound;25</b> &#8211; once.",
        "One thing.": "One thing.",
        "Another thing.": "Another thing.",
        "Land: Spain; Days: 4": "Spain</td><td>4",
        "Yes, daily.": "Yes, daily.",
        "last words": "last words",
    }


def test_a_passage_knows_its_headings_and_a_question_among_them():
    found = {one.text: one for one in passages_of("help.html", HTML)}
    assert found["It costs £25 – once."].headings == ("Help", "Costs & times")
    assert found["It costs £25 – once."].title == "Costs & times"
    assert found["Yes, daily."].asked == ("Is it open?",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_count_as_they_were_written(end):
    text = end.join(["\ufeff# Help", "", "First line", "goes on.", "", "Second."])
    for told, said in cited("a.md", text).items():
        assert said.replace(end, " ") == told


def test_a_long_paragraph_is_cut_at_a_sentence():
    text = "# Rules\n\n" + "This is one of many sentences. " * 200
    found = passages_of("long.md", text)
    assert len(found) > 3
    assert all(one.text.endswith(".") and len(one.text) <= 1_200 for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n",
        "<" * 5_000,
        "<p>" * 3_000,
        "> " * 500 + "deep",
        "|a|b|\n|-|-|\n|",
        "[a](" * 500,
        "**" * 2_000,
        "&#xffffffff;&bogus;",
        "‮מה 😀 שלום",
        "</p></div></script>",
        "<script>never closed",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.html"])
def test_garbage_is_read_without_an_error(name, text):
    for one in passages_of(name, text):
        assert 0 <= one.start <= one.end <= len(text)


def test_a_folder_tells_what_it_could_not_read(tmp_path):
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "退货.md").write_text("七天之内可以退货。")
    (tmp_path / "good.md").write_text("Thirty days.")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    (tmp_path / "zero.html").write_bytes(b"a\0b")
    (tmp_path / ".hidden.md").write_text("no")
    (tmp_path / "notes.txt").write_text("no document")
    documents, problems = folder(tmp_path)
    assert [(one.name, one.language) for one in documents] == [
        ("good.md", "en"),
        ("zh/退货.md", "zh"),
    ]
    assert len(problems) == 2
    assert problems[0].startswith("latin.md: it is not UTF-8")


def test_no_folder_and_an_empty_one_are_said_in_a_sentence(tmp_path):
    with pytest.raises(DocumentError, match="is not a folder"):
        folder(tmp_path / "none")
    with pytest.raises(DocumentError, match="holds no Markdown or HTML"):
        folder(tmp_path)


def test_a_document_is_plain_data():
    made = Document("a.md", "Hello there.", "markdown", "en")
    assert [one.text for one in made.passages()] == ["Hello there."]
