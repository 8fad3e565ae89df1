"""manage.py portrait: every trait with its meaning, as stored or as of a time."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from profiles.portraits.store import ScoreRow, write_scores
from retention_site.lib import registry
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput
from tests.factories import make_customer, make_event, make_portrait

pytestmark = pytest.mark.django_db(transaction=True)


def portrait(capsys, *words: str) -> dict:
    call_command("portrait", *words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_it_is_drawn_as_of_a_time(capsys) -> None:
    customer = make_customer(external_id="ann")
    for days in (100, 40, 10):
        make_event(customer, at=now() - timedelta(days=days))
    answer = portrait(
        capsys, "ann", "--as-of", (now() - timedelta(days=30)).isoformat()
    )
    assert answer["traits"]["n_orders"]["value"] == 2
    assert answer["traits"]["recency_days"]["value"] == pytest.approx(10, abs=0.01)
    assert set(answer["traits"]) <= set(registry.keys("traits"))
    for trait in answer["traits"].values():
        assert {
            "value",
            "definition",
            "window",
            "evidence",
            "as_of",
            "computed_at",
        } <= set(trait)


def test_scores_are_those_that_stood_then(capsys) -> None:
    customer = make_customer(external_id="ann")
    days = [now() - timedelta(days=n) for n in (20, 10)]
    for value, as_of in zip((0.2, 0.7), days, strict=True):
        write_scores(
            "purchase",
            30,
            [ScoreRow(customer.pk, value, [])],
            model=f"m{value}",
            as_of=as_of,
        )
    said = [
        [
            (one["value"], one["model"])
            for one in portrait(capsys, "ann", *words)["scores"]
        ]
        for words in ((), ("--as-of", (days[1] - timedelta(days=1)).isoformat()))
    ]
    assert said == [[(0.7, "m0.7")], [(0.2, "m0.2")]]
    call_command("portrait", "ann")
    assert "purchase: 0.7" in capsys.readouterr().out


def test_the_stored_one_is_shown_else(capsys) -> None:
    make_portrait(make_customer(external_id="bob"), recency_days=(3.0, 7))
    line = portrait(capsys, "bob")["traits"]["recency_days"]
    assert (line["value"], line["evidence"]) == (3.0, 7)


def test_a_customer_who_did_nothing_has_no_traits(capsys) -> None:
    make_customer(external_id="idle")
    assert portrait(capsys, "idle")["traits"] == {}


def test_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="no customer 'nobody'"):
        call_command("portrait", "nobody")
