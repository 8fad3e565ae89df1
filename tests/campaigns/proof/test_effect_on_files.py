"""`manage.py effect` on files of every kind: numbers against plain numpy, problems by
name, exit codes.
"""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest
from django.core.management import call_command

from retention_site.lib.commands import BadInput

ROOT = Path(__file__).parents[3]
HEADER = ["id", "arm", "bought", "spend", "orders", "before"]


def experiment(n=2_000, lift=0.0, seed=1):
    """Rows of a clean experiment: two arms by turns, spend related to what was spent
    before.
    """
    rng = np.random.default_rng(seed)
    before = rng.gamma(2, 10, n).round(2)
    arms = np.where(np.arange(n) % 2, "offer", "none")
    spend = (0.5 * before + rng.gamma(1, 10, n) + lift * (arms == "offer")).round(2)
    columns = [
        np.arange(n),
        arms,
        (rng.random(n) < 0.2).astype(int),
        spend,
        1 + rng.poisson(1, n),
        before,
    ]
    return [
        list(row) for row in zip(*(column.tolist() for column in columns), strict=True)
    ]


def column(rows, name, arm=None):
    return np.array(
        [row[HEADER.index(name)] for row in rows if arm in (None, row[1])], dtype=float
    )


def effect(path, *arguments, control="none"):
    out = io.StringIO()
    call_command(
        "effect",
        str(path),
        "--arm",
        "arm",
        "--control",
        control,
        *arguments,
        "--json",
        stdout=out,
    )
    return json.loads(out.getvalue().splitlines()[-1], parse_constant=pytest.fail)


@pytest.fixture
def written(tmp_path):
    def write(rows, name="experiment.csv", header=HEADER):
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        path = tmp_path / name
        path.write_text(text.getvalue())
        return path

    return write


def test_difference_interval_and_lift_are_those_of_the_formulas(written):
    rows = experiment(lift=2.0)
    seen = effect(written(rows), "--metric", "spend")
    control, treated = column(rows, "spend", "none"), column(rows, "spend", "offer")
    error = np.sqrt(control.var(ddof=1) / 1_000 + treated.var(ddof=1) / 1_000)
    (result,) = seen["results"]
    assert result["difference"] == pytest.approx(treated.mean() - control.mean())
    assert result["high"] - result["low"] == pytest.approx(
        2 * 1.959964 * error, rel=1e-6
    )
    assert result["relative"] == pytest.approx(treated.mean() / control.mean() - 1)
    assert (result["kind"], result["n"], result["n_control"], result["verdict"]) == (
        "mean",
        1_000,
        1_000,
        "better",
    )
    assert seen["arms"] == {"none": 1_000, "offer": 1_000}
    assert (seen["srm_p"], seen["refused"], seen["problems"], seen["unit"]) == (
        1.0,
        None,
        [],
        None,
    )
    assert [result[key] for key in ("cuped_difference", "sequential_low")] == [
        None,
        None,
    ]


def test_json_has_exactly_the_promised_keys_and_their_promised_kinds(written):
    seen = effect(
        written(experiment()),
        "--metric",
        "bought",
        "--ratio",
        "spend/orders",
        "--covariate",
        "before",
    )
    promised = (
        "arm control metric kind n n_control mean mean_control difference low high p"
        " p_holm relative relative_low relative_high cuped_difference cuped_low"
        " cuped_high variance_reduction sequential_low sequential_high verdict sentence"
    )
    assert set(promised.split()) <= set(seen["results"][0])
    assert set("unit alpha arms split srm_p refused problems results".split()) == set(
        seen
    )
    assert [result["kind"] for result in seen["results"]] == ["proportion", "ratio"]
    assert [result["metric"] for result in seen["results"]] == [
        "bought",
        "spend/orders",
    ]


def test_ratio_and_covariates_are_those_of_the_formulas(written):
    rows = experiment(lift=1.0)
    seen = effect(
        written(rows),
        "--ratio",
        "spend/orders",
        "--metric",
        "spend",
        "--covariate",
        "before",
        "bought",
    )
    spend, ratio = seen["results"]
    sums = {
        arm: column(rows, "spend", arm).sum() / column(rows, "orders", arm).sum()
        for arm in ("none", "offer")
    }
    assert ratio["difference"] == pytest.approx(sums["offer"] - sums["none"])
    both = np.column_stack(
        [np.ones(2_000), column(rows, "before"), column(rows, "bought")]
    )
    theta = np.linalg.lstsq(both, column(rows, "spend"), rcond=None)[0][1:]
    gaps = [
        column(rows, name, "offer").mean() - column(rows, name, "none").mean()
        for name in ("before", "bought")
    ]
    assert spend["cuped_difference"] == pytest.approx(
        spend["difference"] - theta @ gaps
    )
    assert 0 < spend["variance_reduction"] < 1


def test_csv_gzip_and_parquet_say_the_same(written, tmp_path):
    path = written(experiment(lift=1.0))
    packed, parquet = tmp_path / "experiment.csv.gz", tmp_path / "experiment.parquet"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    duckdb.sql(f"COPY (FROM read_csv('{path}')) TO '{parquet}'")
    semicolons = tmp_path / "semicolons.csv"
    semicolons.write_text(path.read_text().replace(",", ";"))
    asked = [
        "--metric",
        "spend",
        "--metric",
        "bought",
        "--unit",
        "id",
        "--covariate",
        "before",
    ]
    answers = [
        effect(one, *asked)["results"] for one in (path, packed, parquet, semicolons)
    ]
    assert answers[0]
    for answer in answers[1:]:
        for ours, theirs in zip(answer, answers[0], strict=True):
            assert ours["sentence"] == theirs["sentence"]
            assert ours["cuped_low"] == pytest.approx(theirs["cuped_low"])


def test_events_add_up_to_units(written):
    rows = experiment()
    halves = [[*row[:3], row[3] / 2, row[4], row[5]] for row in rows for _ in range(2)]
    whole = effect(
        written(rows),
        "--metric",
        "bought",
        "--metric",
        "spend",
        "--covariate",
        "before",
    )["results"]
    seen = effect(
        written(halves),
        "--metric",
        "bought",
        "--metric",
        "spend",
        "--covariate",
        "before",
        "--unit",
        "id",
    )
    for ours, theirs in zip(seen["results"], whole, strict=True):
        assert ours["n"] == 1_000
        assert ours["low"] == pytest.approx(theirs["low"])
        assert ours["cuped_low"] == pytest.approx(theirs["cuped_low"])
    assert seen["problems"] == [
        "Units on several rows, their rows added up: 2,000, for example '0'."
    ]


def test_a_unit_in_two_arms_counts_in_none(written):
    rows = experiment()
    seen = effect(
        written([*rows, [4, "offer", 1, 1.0, 1, 1.0]]),
        "--metric",
        "spend",
        "--unit",
        "id",
    )
    assert seen["arms"] == {"none": 999, "offer": 1_000}
    assert seen["problems"] == [
        "Units in more than one arm, left out: 1, for example '4'."
    ]


def test_many_units_in_two_arms_get_no_verdict(written):
    rows = experiment(lift=50.0)
    torn = [[row[0], "offer", *row[2:]] for row in rows[:60:2]]
    seen = effect(written([*rows, *torn]), "--metric", "spend", "--unit", "id")
    assert seen["results"][0]["verdict"] == "refused"


def test_a_planted_75_25_split_refuses_every_verdict(written):
    rows = [row for row in experiment(lift=50.0) if row[1] == "none" or row[0] % 3 == 0]
    seen = effect(written(rows), "--metric", "spend", "--metric", "bought")
    assert seen["refused"] == "srm"
    assert seen["srm_p"] < 1e-10
    assert {result["verdict"] for result in seen["results"]} == {"refused"}
    planned = effect(
        written(rows), "--metric", "spend", "--split", "none=0.75,offer=0.25"
    )
    assert planned["refused"] is None
    assert planned["results"][0]["verdict"] == "better"


@pytest.mark.parametrize("split", ["none=0,offer=1", "offers=1"])
def test_units_where_the_split_planned_none_get_no_verdict(written, split):
    seen = effect(written(experiment(lift=50.0)), "--metric", "spend", "--split", split)
    assert (seen["srm_p"], seen["refused"]) == (0, "srm")
    assert {result["verdict"] for result in seen["results"]} == {"refused"}


def test_a_share_that_nobody_reached_is_zero_exactly_and_has_no_relative_lift(written):
    rows = [
        [*row[:2], int(row[1] == "offer" and row[0] % 3 == 0), *row[3:]]
        for row in experiment()
    ]
    result = effect(written(rows), "--metric", "bought")["results"][0]
    bought = sum(row[2] for row in rows) / 1_000
    assert result["mean_control"] == 0
    assert (result["mean"], result["difference"]) == pytest.approx((bought, bought))
    assert (result["relative"], result["verdict"]) == (None, "better")


def test_a_small_spread_on_large_amounts_keeps_its_digits(written):
    rows = [
        [*row[:3], f"{1e9 + row[0] % 7 / 1000:.3f}", *row[4:]] for row in experiment()
    ]
    result = effect(written(rows), "--metric", "spend")["results"][0]
    control, treated = (
        column(rows, "spend", "none") - 1e9,
        column(rows, "spend", "offer") - 1e9,
    )
    error = np.sqrt(control.var(ddof=1) / 1_000 + treated.var(ddof=1) / 1_000)
    assert result["high"] - result["low"] == pytest.approx(
        2 * 1.959964 * error, rel=1e-4
    )


def test_arms_renamed_midway_are_named(written):
    rows = [
        [row[0], "offr" if row[0] > 1_500 and row[1] == "offer" else row[1], *row[2:]]
        for row in experiment()
    ]
    seen = effect(written(rows), "--metric", "spend", "--split", "none=1,offer=1")
    assert seen["refused"] == "srm"
    assert (
        "Arm 'offr' has 250 units and no share in the planned split."
        in seen["problems"]
    )


def test_holm_allows_for_every_metric_and_arm(written):
    rows = experiment(6_000, seed=3)
    thirds = [[row[0], ("none", "offer", "call")[row[0] % 3], *row[2:]] for row in rows]
    seen = effect(
        written(thirds), "--metric", "bought", "--metric", "spend", "--metric", "orders"
    )
    p_values = sorted((result["p"], result["p_holm"]) for result in seen["results"])
    assert len(p_values) == 6
    assert p_values[0][1] == pytest.approx(min(1, 6 * p_values[0][0]))


def test_metrics_may_share_one_option(written):
    path = written(experiment())
    together = effect(path, "--metric", "bought", "spend", "--ratio", "spend/orders")[
        "results"
    ]
    assert [result["metric"] for result in together] == [
        "bought",
        "spend",
        "spend/orders",
    ]
    assert (
        together
        == effect(
            path, "--metric", "bought", "--metric", "spend", "--ratio", "spend/orders"
        )["results"]
    )
    assert (
        together
        == effect(
            path,
            "--metric",
            "bought:proportion",
            "bought",
            "spend",
            "--ratio",
            "spend/orders",
        )["results"]
    )


def test_sequential_interval_is_wider_and_decides(written):
    path = written(experiment(lift=1.0, seed=5))
    plain = effect(path, "--metric", "spend")["results"][0]
    daily = effect(path, "--metric", "spend", "--sequential")["results"][0]
    assert daily["sequential_low"] < daily["low"] == plain["low"]
    assert (plain["verdict"], daily["verdict"]) == ("better", "undecided")


def test_less_may_be_better(written):
    path = written(experiment(lift=5.0))
    assert (
        effect(path, "--metric", "spend", "--less-is-better", "spend")["results"][0][
            "verdict"
        ]
        == "worse"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda rows: [row for row in rows if row[1] == "offer"],
            "Arm 'none' is empty; there are units in: offer.",
        ),
        (
            lambda rows: [row for row in rows if row[1] == "none"],
            "There is no arm to compare with 'none'.",
        ),
        (lambda rows: [], "There are no rows."),
        (
            lambda rows: [[*row[:3], "NaN", *row[4:]] for row in rows],
            "Rows without a number in 'spend': 2,000.",
        ),
        (
            lambda rows: [[*row[:3], 0, *row[4:]] for row in rows],
            "spend, offer / none: within each arm every unit has",
        ),
        (
            lambda rows: [[*row[:3], 1e200 * row[3], *row[4:]] for row in rows],
            "values are too large to be squared",
        ),
        (
            lambda rows: [[*row[:3], 1e-300 * row[3], *row[4:]] for row in rows],
            "every unit has the same value",
        ),
        (
            lambda rows: rows[:1] + rows[1::2],
            "spend, offer / none: an arm has a single unit.",
        ),
    ],
)
def test_what_cannot_be_known_is_null_and_has_its_problem(written, change, problem):
    seen = effect(
        written(change(experiment())), "--metric", "spend", "--covariate", "orders"
    )
    assert any(problem in said for said in seen["problems"])
    for result in seen["results"]:
        unknown = [
            "low",
            "high",
            "p",
            "p_holm",
            "relative",
            "relative_low",
            "cuped_low",
            "variance_reduction",
        ]
        assert {result[key] for key in unknown} == {None}
        assert result["verdict"] in ("undecided", "refused")


def test_a_few_missing_outcomes_are_named_and_left_out(written):
    rows = experiment()
    rows[4][3], rows[7][3], rows[9][3] = "NaN", "", "12 USD"
    seen = effect(written(rows), "--metric", "spend", "--metric", "orders")
    spend, orders = seen["results"]
    assert (spend["n"], spend["n_control"], orders["n"]) == (998, 999, 1_000)
    kept = [row for i, row in enumerate(rows) if i not in (4, 7, 9)]
    assert spend["mean"] == pytest.approx(column(kept, "spend", "offer").mean())
    assert seen["problems"] == [
        "Rows without a number in 'spend': 3; 1 of them hold text such as '12 USD'."
    ]


def test_outcomes_missing_in_one_arm_only_get_no_verdict(written):
    rows = [
        [*row[:3], "" if row[1] == "offer" and row[0] % 5 == 0 else row[3], *row[4:]]
        for row in experiment()
    ]
    seen = effect(written(rows), "--metric", "spend", "--metric", "orders")
    assert [result["verdict"] for result in seen["results"]] == ["refused", "undecided"]


def test_a_constant_covariate_and_one_measured_too_late_are_named(written):
    rows = [[*row[:4], 7, row[3]] for row in experiment(lift=20.0)]
    seen = effect(
        written(rows),
        "--metric",
        "bought",
        "--covariate",
        "orders",
        "--covariate",
        "before",
    )
    assert seen["problems"] == [
        "Covariate 'orders' has one value only: it explains nothing.",
        (
            "Covariate 'before' differs between none and offer: was it measured before"
            " assignment?"
        ),
    ]


def test_missing_covariates_keep_the_unit(written):
    rows = [[*row[:5], "" if row[0] % 10 == 0 else row[5]] for row in experiment()]
    result = effect(written(rows), "--metric", "spend", "--covariate", "before")[
        "results"
    ][0]
    assert (result["n"], result["n_control"]) == (1_000, 1_000)
    assert result["variance_reduction"] > 0.1


def test_lines_that_cannot_be_read_are_counted(written):
    path = written(experiment())
    path.write_text(path.read_text().replace("\n7,", "\n7,7,7,", 1))
    seen = effect(path, "--metric", "spend")
    assert seen["arms"]["offer"] == 999
    assert seen["problems"] == [
        "Lines that can't be read, left out: 1, first line 9: too many columns."
    ]


def test_arms_written_as_numbers_are_recognised(written):
    rows = [
        [row[0], {"none": "0.0", "offer": "1.0"}[row[1]], *row[2:]]
        for row in experiment()
    ]
    seen = effect(written(rows), "--metric", "spend", "--split", "0=1,1=1", control="0")
    assert seen["arms"] == {"0.0": 1_000, "1.0": 1_000}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--metric", "spent"], "no column 'spent'"),
        ([], "Name at least one --metric or --ratio"),
        (["--metric", "spend:median"], "write :mean or :proportion"),
        (["--metric", "spend", "--split", "none"], "--split none"),
        (["--metric", "spend", "--split", "none=1,offer=-1"], "'-1' is not a share"),
        (["--metric", "spend", "--split", "none=1,none=1"], "every arm once"),
        (["--metric", "spend", "--alpha", "5"], "--alpha must lie between 0 and 1"),
        (["--ratio", "spend"], "write two columns with a slash"),
        (["--metric", "arm"], "Column 'arm' holds no numbers"),
        (
            ["--metric", "spend", "--covariate", "spend"],
            "can't be outcome and covariate",
        ),
        (["--metric", "spend", "--arm", "id"], "that is no column of arms"),
    ],
)
def test_wrong_arguments_are_one_sentence_and_exit_code_2(written, arguments, sentence):
    with pytest.raises(BadInput, match=sentence) as refused:
        effect(written(experiment(400)), *arguments)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        ("arm,spend\nnone,1\n".encode("utf-16"), "neither CSV in UTF-8"),
        (b"arm,spend\nnone,1\nK\xf6ln,2\n", "is not UTF-8"),
        ("组别,spend,arm\n对照,1,none\n".encode("gb18030"), "is not UTF-8"),
        (
            gzip.compress("spend,größe,arm\n1,2,none\n".encode("latin-1"), mtime=0),
            "is not UTF-8",
        ),
        (
            gzip.compress(b"arm,spend\n" + b"none,1\n" * 9_000, mtime=0)[:40],
            "can't be read",
        ),
        (b"PAR1 but not really", "can't be read"),
    ],
)
def test_unreadable_files_are_one_sentence_and_exit_code_2(tmp_path, content, sentence):
    path = tmp_path / "experiment.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as refused:
        effect(path, "--metric", "spend")
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


def test_the_example_needs_no_database_and_starts_none(tmp_path):
    """The coupon of the simulated example works, the reminder does not; the shop's
    folder stays as empty as it was.
    """
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    asked = ["--arm", "arm", "--control", "control", "--metric", "bought", "--json"]
    finished = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "effect",
            "examples/spring_offer_simulated.csv",
            *asked,
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(finished.stdout.splitlines()[-1])["results"]
    assert {result["arm"]: result["verdict"] for result in results} == {
        "coupon": "better",
        "reminder": "undecided",
    }
    assert {path.name for path in tmp_path.iterdir()} <= {"secret_key"}
