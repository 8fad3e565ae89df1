"""A mutant whose guard has moved tries nothing: every one of them finds its guard."""

from pathlib import Path

import pytest

from tests.mutations import MUTANTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_mutant_finds_the_guard_that_it_takes_away(mutant):
    assert mutant.old in (ROOT / mutant.file).read_text()
    assert all((ROOT / file).exists() for file in mutant.tests)
