"""`manage.py read_reviews`: a file of reviews in, a file of aspects out."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from retention_site.lib.commands import BadInput

ROWS = """review_id,text,item_id,at,language
1,"Great quality,
but the delivery was late.",kettle,2026-01-01,en
2,质量很好，就是有点贵,cup,never,zh
3,,cup,,
4,12 !!,cup,,
2,质量很好，就是有点贵,cup,never,zh
2,something else,cup,,
,good quality,cup,,
8,Die Qualität ist gut,cup,,de
=9,The staff were rude.,cup,,
"""


@pytest.fixture
def run(tmp_path, capsys):
    def run(content):
        file, out = tmp_path / "reviews.csv", tmp_path / "aspects.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("read_reviews", str(file), "--out", str(out), "--json")
        answer = json.loads(capsys.readouterr().out.splitlines()[-1])
        with out.open(encoding="utf-8") as opened:
            return answer, list(csv.DictReader(opened))

    return run


def test_each_review_says_its_aspects_in_its_own_words(run):
    answer, aspects = run(ROWS)
    assert [(one["review_id"], one["aspect"], one["sentiment"]) for one in aspects] == [
        ("1", "quality", "positive"),
        ("1", "delivery", "negative"),
        ("2", "quality", "positive"),
        ("2", "price", "negative"),
        ("=9", "service", "negative"),
    ]
    late = aspects[1]
    text = "Great quality,\nbut the delivery was late."
    assert text[int(late["start"]) : int(late["end"])] == "delivery was late"
    assert answer["read"] == 4
    assert answer["opinions"] == 5
    assert answer["aspects"]["quality"] == {"positive": 2}
    assert answer["duplicates"] == 1
    assert answer["warnings"]["language de is not read"] == 1


def test_what_cannot_be_read_is_kept_aside_with_its_reason(run):
    answer, _aspects = run(ROWS)
    assert answer["quarantined"] == 4
    with Path(answer["quarantine"]).open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["row"], row["reason"]) for row in rows] == [
        ("3", "text is empty"),
        ("4", "text holds no letters"),
        ("6", "review_id stands for another text already"),
        ("7", "review_id is empty"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02garbage" * 40, "neither CSV"),
        ("id,words\n1,good\n", "has no column 'review_id'"),
        ("review_id,words\n1,good\n", "has no column 'text'"),
        ("质量".encode("gbk") * 20, "not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(run, content, words):
    with pytest.raises(BadInput, match=words):
        run(content)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="can't be read"):
        call_command(
            "read_reviews", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.csv")
        )
    good = tmp_path / "good.csv"
    good.write_text("review_id,text\n1,good quality\n")
    with pytest.raises(BadInput, match="No such file"):
        call_command(
            "read_reviews", str(good), "--out", str(tmp_path / "no" / "out.csv")
        )
