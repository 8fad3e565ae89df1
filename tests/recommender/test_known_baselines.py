"""A benchmark whose plain methods are weaker than they are known to be proves nothing,
and says so.
"""

import math

import pytest

from benchmarks import __main__ as runner
from benchmarks.bare.known import Known


@pytest.mark.parametrize("value", [0.415, math.nan])
def test_a_weak_baseline_fails_and_is_named(value):
    known = Known()
    known.beside("popularity", 0.185, 0.185)
    known.beside("own and look-alikes", value, 0.424)
    with pytest.raises(SystemExit, match="own and look-alikes is"):
        known.settle()


@pytest.mark.parametrize(
    ("value", "known_to_be", "lower_is_better"),
    [(0.4156, 0.424, False), (0.5, 0.424, False), (0.33, 0.33, True)],
)
def test_within_two_per_cent_or_better_passes(value, known_to_be, lower_is_better):
    known = Known()
    assert (
        known.beside(
            "own", value, known_to_be, lower_is_better=lower_is_better
        ).baseline
        == known_to_be
    )
    known.settle()


def test_a_worse_loss_and_a_missed_published_estimate_fail():
    known = Known()
    known.beside("RFM, log loss", 0.35, 0.33, lower_is_better=True)
    known.exact("CDNOW: r", 0.2446, 0.2426, within=0.001)
    assert len(known.weak) == 2


def test_what_was_measured_before_it_failed_stands_in_the_table(monkeypatch, capsys):
    figure = Known().beside("popularity", 0.1, 0.185)
    monkeypatch.setattr(runner, "_run", lambda _name: [figure, runner.FAILED])
    assert runner.main(["recommend"]) == 1
    assert "popularity" in capsys.readouterr().out
