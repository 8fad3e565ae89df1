"""Commands answer with the keys that docs/contract/commands.md says."""

import json
import re

import pytest
from django.core.management import call_command

from tests.contracts.test_contract_pages import sections
from tests.factories import (
    make_campaign,
    make_customer,
    make_event,
    make_marketer,
    make_message,
    make_run,
    make_version,
)


def said_keys(command: str) -> list[set[str]]:
    """Return the keys of the objects that a section shows, outermost first.

    An object inside a list of another follows it.
    """
    section = sections("commands.md")[command]
    text = "\n".join(re.findall(r"(?m)^ {4}(.*)$", section))
    found: list[set[str]] = []
    open_ones: list[int] = []
    for token in re.findall(r'[{}]|(?<=[{,\s])"\w+"(?=[:,}])', text):
        if token == "{":
            open_ones.append(len(found))
            found.append(set())
        elif token == "}":
            open_ones.pop()
        elif open_ones:
            found[open_ones[-1]].add(token.strip('"'))
    return found


def answer_of(capsys, command: str, *words: str) -> dict:
    call_command(command, *words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_an_effect_has_the_keys_of_its_section(capsys):
    answer = answer_of(
        capsys,
        "effect",
        "examples/spring_offer_simulated.csv",
        *("--arm", "arm", "--control", "control", "--metric", "bought"),
        *("--metric", "revenue", "--ratio", "revenue/orders"),
        *("--covariate", "revenue_before", "--sequential"),
    )
    outer, _arms, _split, result = said_keys("effect")[:4]
    assert set(answer) == outer
    assert len(answer["results"]) == 6
    for one in answer["results"]:
        assert set(one) == result


def test_predicates_have_the_keys_of_their_section(capsys):
    answer = answer_of(capsys, "predicates")
    outer, predicates, predicate, field = said_keys("predicates")
    assert set(answer) == outer
    assert predicates == set()  # by key
    for one in answer["predicates"].values():
        assert set(one) == predicate
        assert all(set(each) == field for each in one["fields"])


RULE = """
name: buyers
rule: {all: [{is: event_count, type: purchase, at_least: 1, within_days: 30}]}
"""
FILES = {
    "customers.csv": "customer_id,email\nbert,bert@shop.example\n",
    "rule.yaml": RULE,
}
CONTENT = {
    "name": "Carts",
    "goal": {"words": "They come back", "metrics": ["conversion"], "window_days": 7},
    "segment": {"name": "everybody", "rule": {"all": []}},
    "channels": ["email"],
    "messages": {"email": {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hi"}},
}
CALLS = (
    ("import_data", "customers", "customers.csv"),
    ("source", "create", "other", "--kind", "mapped"),
    ("key", "create", "--scope", "read"),
    ("history", "status"),
    ("portrait", "ann"),
    ("segment", "rule.yaml"),
    ("export_person", "ann"),
    ("erase", "ann"),
    ("reclassify",),
    ("reconcile",),
    ("rotate_keys",),
    ("second_factor", "reset", "ines"),
    ("hook", "create", "carts", "--campaign", "Carts"),
    ("campaign", "report", "Carts"),
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", CALLS, ids=lambda words: words[0])
def test_an_answer_has_the_keys_of_its_section(words, capsys, tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    customer = make_customer(external_id="ann")
    make_event(customer)
    make_marketer("ines")
    campaign = make_campaign("Carts")
    make_version(campaign, content=CONTENT)
    make_message(make_run(campaign), customer)
    command, *rest = (str(tmp_path / word) if word in FILES else word for word in words)
    assert set(answer_of(capsys, command, *rest)) == said_keys(command)[0]
