"""Points by command."""

import json

import pytest
from django.core.management import call_command

from campaigns.models import PointsMovement
from retention_site.lib.commands import BadInput
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    return make_customer(external_id="ann"), make_customer(external_id="bert")


def points(capsys, *words):
    call_command("points", *words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_command_moves_points_once_a_key(capsys):
    for _again in range(2):
        given = points(capsys, "award", "ann", "100", "--key", "a", "--note", "hello")
        assert given == {"customer_id": "ann", "points": 100, "balance": 100}
    assert points(capsys, "burn", "ann", "30", "--key", "b")["balance"] == 70
    assert (
        points(capsys, "transfer", "ann", "bert", "20", "--key", "t")["balance"] == 50
    )
    said = points(capsys, "balance", "ann")
    assert said["balance"] == 50
    assert [line["points"] for line in said["statement"]] == [-20, -30, 100]
    assert set(said["lots"][0]) == {"points", "earned_at", "expires_at", "opens_at"}
    assert (
        points(capsys, "balance", "ann", "--as-of", "2001-01-01T00:00Z")["lots"] == []
    )
    liability = points(capsys, "liability", "--value", "0.05")
    assert (liability["points"], liability["liability_high"]) == (70, 3.5)
    call_command("reconcile", "--json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("balance",), "Say: points balance"),
        (("award", "ann", "5"), "--key"),
        (("award", "ghost", "5", "--key", "a"), "no customer 'ghost'"),
        (("award", "ann", "five", "--key", "a"), "no whole number"),
        (("award", "ann", "0", "--key", "a"), "whole"),
        (("burn", "ann", "5", "--key", "a"), "There are 0 points"),
        (("transfer", "ann", "ann", "5", "--key", "a"), "same customer"),
        (("liability", "--value", "much"), "--value"),
    ],
)
def test_what_can_t_be_is_said_in_one_sentence(words, said):
    with pytest.raises(BadInput, match=said):
        call_command("points", *words)
    assert not PointsMovement.objects.exists()


def test_the_command_shows_and_changes_the_programme(capsys, tmp_path):
    assert points(capsys, "programme") == {"programme": None}
    file = tmp_path / "points.yaml"
    file.write_text("earn:\n- {name: Every euro, kind: spend, points: 1}\n", "utf-8")
    told = points(capsys, "apply", str(file))
    assert told["changed"]
    assert told["programme"]["earn"] == [
        {"name": "Every euro", "kind": "spend", "points": 1, "per": "1.00"}
    ]
    assert not points(capsys, "apply", str(file))["changed"]
    assert points(capsys, "programme")["programme"] == told["programme"]
    assert points(capsys, "earn")["awarded"] == 0
    file.write_text("earn: [", "utf-8")
    with pytest.raises(BadInput, match="can't be read"):
        call_command("points", "apply", str(file))
    file.write_text("earns: []", "utf-8")
    with pytest.raises(BadInput, match="earns: is not a known key"):
        call_command("points", "apply", str(file))
