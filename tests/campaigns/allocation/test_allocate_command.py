"""`manage.py allocate`: a file in, a file out, clear answers to bad ones."""

import csv
import json

import pytest
from django.core.management import call_command

from retention_site.lib.commands import BadInput

GOOD = """customer_id,margin_5,cost_5,margin_10,cost_10
ann,3,1,4,2
böb,1,1,5,2
 cy ,-1,1,,2
"""


def allocate(capsys, tmp_path, text, *arguments, name="offers.csv"):
    path, out = tmp_path / name, tmp_path / "out.csv"
    path.write_text(text, encoding="utf-8")
    call_command("allocate", str(path), "--out", str(out), *arguments, "--json")
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    with out.open(encoding="utf-8") as written:
        return answer, list(csv.DictReader(written))


def test_who_gets_which_value_is_written_in_the_order_of_the_file(capsys, tmp_path):
    answer, rows = allocate(capsys, tmp_path, GOOD, "--budget", "3")
    assert rows == [
        {"customer_id": "ann", "value": "5"},
        {"customer_id": "böb", "value": "10"},
    ]
    assert (answer["n"], answer["spent"], answer["budget"], answer["gain"]) == (
        3,
        3.0,
        3.0,
        8.0,
    )
    assert answer["bound"] >= answer["gain"]
    assert answer["problems"] == [
        "Offers without a margin or a cost, given to nobody: 1."
    ]


def test_coupons_can_be_fewer_and_margins_have_a_floor(capsys, tmp_path):
    one = allocate(capsys, tmp_path, GOOD, "--budget", "9", "--max-coupons", "1")[1]
    assert one == [{"customer_id": "böb", "value": "10"}]
    assert not allocate(capsys, tmp_path, GOOD, "--budget", "9", "--floor", "6")[1]


def test_one_by_one_the_first_may_take_what_the_next_would_use_better(capsys, tmp_path):
    answer, rows = allocate(capsys, tmp_path, GOOD, "--budget", "3", "--one-by-one")
    assert rows[0]["customer_id"] == "ann"
    assert answer["spent"] <= 3
    assert answer["gain"] <= answer["bound"]


@pytest.mark.parametrize("way", [(), ("--one-by-one",)])
def test_a_file_without_customers_gives_nobody_anything(capsys, tmp_path, way):
    text = "customer_id,margin_5,cost_5\n"
    answer, rows = allocate(capsys, tmp_path, text, "--budget", "9", *way)
    assert (answer["n"], answer["gain"], answer["bound"], rows) == (0, 0, 0, [])


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("id,margin_5,cost_5\n1,2,3\n", (), "no column 'customer_id'"),
        ("customer_id,margin_5\n1,2\n", (), "no 'cost_5'"),
        ("customer_id,cost_5\n1,2\n", (), "no 'margin_5'"),
        ("customer_id,age\n1,2\n", (), "offers nothing"),
        ("customer_id,margin_5,cost_5\n1,2,3\n 1,2,3\n", (), "rows 1 and 2"),
        ("customer_id,margin_5,cost_5\n,2,3\n", (), "Row 1"),
        ("customer_id,margin_5,cost_5\na,2,-3\n", (), "cost_5 is below 0"),
        ("customer_id,margin_5,cost_5\na,2,1e30\n", (), "beyond"),
        (GOOD, ("--budget", "-1"), "--budget"),
        (GOOD, ("--budget", "nan"), "--budget"),
        (GOOD, ("--max-coupons", "-1"), "--max-coupons"),
        ("", (), "empty"),
    ],
)
def test_what_can_t_be_allocated_is_said_in_one_sentence(
    capsys, tmp_path, text, arguments, said
):
    with pytest.raises(BadInput, match=said):
        allocate(capsys, tmp_path, text, "--budget", "9", *arguments)
