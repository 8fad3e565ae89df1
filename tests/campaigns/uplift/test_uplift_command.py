"""`manage.py uplift` on files as shops have them: words, gaps, several arms, outcomes
among the features.
"""

import csv
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import numpy as np
import pytest
from django.core.management import call_command

from retention_site.lib.commands import BadInput

ROOT = Path(__file__).parents[3]
SHARED_DATA = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
PROMOTION = SHARED_DATA / "promotion_test" / "training.csv.gz"
HEADER = "customer,segment,visit,spend,history,channel,newbie,since,nothing".split(",")
ARMS = ("--arm", "segment", "--control", "No E-Mail", "--treated", "Womens E-Mail")


def rows(n=5_000, seed=0):
    """An e-mail test of three arms: it moves those who buy by phone."""
    rng, made = np.random.default_rng(seed), []
    for at in range(n):
        arm = ("No E-Mail", "Womens E-Mail", "Mens E-Mail")[rng.integers(3)]
        channel = ("Phone", "Web", "")[rng.integers(3)]
        moved = 0.25 * (channel == "Phone") * (arm == "Womens E-Mail")
        visit = rng.random() < 0.15 + moved
        spend = round(rng.gamma(1, 20), 2) * bool(visit)
        history = "" if rng.random() < 0.1 else round(rng.gamma(2, 50), 2)
        since = f"20{rng.integers(10, 24)}-0{rng.integers(1, 9)}-11"
        made.append(
            [at + 7, arm, int(visit), spend, history, channel, at % 2, since, "x"]
        )
    return made


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "test.csv"
    with written.open("w", newline="") as opened:
        csv.writer(opened).writerows([HEADER, *rows()])
    return written


def uplift(capsys, path, *arguments, outcome="visit"):
    call_command("uplift", str(path), *ARMS, "--outcome", outcome, *arguments, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_file_with_words_gaps_and_more_arms_is_read(capsys, path, tmp_path):
    out, chart = tmp_path / "scores.csv", tmp_path / "qini.svg"
    answer = uplift(
        capsys, path, "--out", str(out), "--chart", str(chart), "--gain", "9"
    )
    assert answer["usable"]
    assert answer["qini_low"] > 0
    assert answer["features"] == ["history", "channel", "newbie", "since"]
    assert set(answer["left_out"]) == {"customer", "spend", "nothing"}
    assert answer["problems"] == [
        f"Rows of other arms or none, left out: {5_000 - answer['n']:,}."
    ]
    kinds = [one["kind"] for one in answer["models"]]
    assert kinds == ["learner"] * 5 + ["flag", "response", "random", "treat_all"]
    with out.open() as opened:
        scores = {
            int(row["row"]): float(row["uplift"]) for row in csv.DictReader(opened)
        }
    made = rows()
    assert set(scores) == {at for at, row in enumerate(made) if row[1] != "Mens E-Mail"}
    by_phone = [score for at, score in scores.items() if made[at][5] == "Phone"]
    assert np.mean(by_phone) == pytest.approx(0.25, abs=0.08)
    assert ElementTree.parse(chart).getroot().tag.endswith("svg")  # noqa: S314


def test_strangers_are_scored_by_the_same_columns(capsys, path, tmp_path):
    other, out = tmp_path / "others.parquet", tmp_path / "scores.csv"
    duckdb.sql(
        "SELECT * FROM (VALUES (1.5, 'Phone', 1, '2014-01-11'), (NULL, 'Fax', 0, NULL))"
        " AS made (history, channel, newbie, since)"
    ).write_parquet(str(other))
    uplift(capsys, path, "--predict", str(other), "--out", str(out))
    with out.open() as opened:
        phone, fax = [float(row["uplift"]) for row in csv.DictReader(opened)]
    assert phone > 0.1 > fax
    with pytest.raises(BadInput, match="no column 'history'"):
        uplift(capsys, path, "--predict", str(missing(tmp_path)), "--out", str(out))


def missing(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("channel\nPhone\n")
    return path


def test_a_feature_that_was_asked_for_is_used_and_doubted(capsys, path):
    answer = uplift(capsys, path, "--features", "channel", "spend")
    assert answer["features"] == ["channel", "spend"]
    assert "it can't have been known before" in answer["problems"][-1]


def test_money_is_an_outcome_too(capsys, path):
    answer = uplift(capsys, path, outcome="spend")
    assert answer["learner"]
    assert "visit" in answer["left_out"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--features", "colour"), "no column 'colour'"),
        (("--features", "visit"), "can be a feature"),
        (("--treated", "Nobody"), "No row has 'Nobody' in 'segment'; it holds"),
        (("--treated", "No E-Mail"), "same arm"),
        (("--outcome", "channel"), "holds no numbers"),
        (("--predict", "x.csv"), "--predict needs --out"),
        (("--gain", "nan"), "--gain"),
    ],
)
def test_what_can_t_be_learned_from_is_said_in_one_sentence(
    capsys, path, arguments, said
):
    with pytest.raises(BadInput, match=said):
        uplift(capsys, path, *arguments)


@pytest.mark.parametrize("n_rows", [0, 1, 30])
def test_a_tiny_file_is_an_answer(capsys, tmp_path, n_rows):
    path, out = tmp_path / "tiny.csv", tmp_path / "scores.csv"
    made = ["g,y,x", *(f"{'ab'[at % 2]},{at % 3},{at}" for at in range(n_rows))]
    path.write_text("\n".join(made) + "\n")
    asked = ("--arm", "g", "--control", "a", "--treated", "b", "--outcome", "y")
    if n_rows < 2:
        with pytest.raises(BadInput, match="No row has"):
            call_command("uplift", str(path), *asked)
        return
    call_command("uplift", str(path), *asked, "--out", str(out), "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (answer["usable"], answer["learner"], answer["qini"]) == (False, None, None)
    assert "only 15 are treated" in answer["sentence"]
    assert out.read_text().splitlines() == ["row,uplift"]


@pytest.mark.skipif(not PROMOTION.exists(), reason=f"{PROMOTION} is not here")
def test_the_promotion_test_earns_more_by_choosing(capsys):
    call_command(
        "uplift",
        str(PROMOTION),
        *("--arm", "Promotion", "--control", "No", "--treated", "Yes"),
        *("--outcome", "purchase", "--gain", "10", "--cost", "0.15", "--json"),
    )
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["qini_low"] > 0
    assert answer["profit"]["best"] > answer["profit"]["treat_all"]
    assert answer["profit"]["ahead_low"] > 0
