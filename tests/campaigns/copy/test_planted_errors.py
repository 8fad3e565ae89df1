"""Errors planted by class into texts about a small catalogue are found, right texts pass.

The full table, on real catalogues, is `python -m benchmarks.planted_errors`.
"""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
import yaml

from benchmarks.planted_errors.__main__ import FILES, HERE, made
from benchmarks.planted_errors.planting import CLASSES
from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.facts import read

TITLES = (
    "Oak Bread Board, Glass Water Carafe, Linen Tea Towel Blue, Set Of 4 Egg Cups, Copper Milk Pan 14cm,"
    " Felt Laptop Sleeve, Brass Desk Lamp, Wool Picnic Rug Green, Ceramic Plant Pot, Jute Door Mat"
).split(",")
N = 12  # of a class: a smoke test


@pytest.mark.parametrize("half", ["a", "b", "c"])
@pytest.mark.parametrize("language", list(FILES))
def test_planted_errors_are_found(language, half):
    words = yaml.safe_load((HERE / f"{FILES[language]}_{half}.yaml").read_text())
    titles = words.get("products") or [one.strip() for one in TITLES]
    rows = [(name, Decimal(n) + Decimal("9.50")) for n, name in enumerate(titles)]
    lines = made(random.Random(f"{language}{half}"), language, words, rows, N)
    answers = [(one, check(line["text"], read(line)).problems) for line, one in lines]
    for kind in CLASSES:
        hits = [bool(found) for one, found in answers if one.kind == kind]
        assert sum(hits) >= N - 1, kind
    refused = [bool(found) for one, found in answers if not one.kind]
    assert sum(refused) <= 0.02 * len(refused)
