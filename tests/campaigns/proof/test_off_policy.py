"""Estimates of a policy that was not run: unbiased, and refused where too few customers
would decide.
"""

import numpy as np
import pytest

from campaigns.content.parse import read
from campaigns.models import Run
from campaigns.rehearsal.off_policy import logged
from campaigns.stats.allocation.off_policy import evaluate
from campaigns.stats.forecasts.forecast import predict
from retention_site.lib.clock import now

LOGGED = np.array([0.2, 0.5, 0.3])
WANTED = np.array([0.1, 0.1, 0.8])
MEANS = np.array([1.0, 2.0, 4.0])


def log(rng, n, noise=3.0):
    arms = rng.choice(3, n, p=LOGGED)
    return arms, MEANS[arms] + rng.normal(0, noise, n)


def test_all_three_are_unbiased_and_their_intervals_keep_their_promise():
    truth, found, covered = float(WANTED @ MEANS), [], []
    for seed in range(300):
        arms, y = log(np.random.default_rng(seed), 600)
        model = MEANS + 0.5  # a biased model does no harm while the chances are known
        one = evaluate(
            y,
            LOGGED[arms],
            WANTED[arms],
            expected=model[arms],
            expected_under_target=np.full(len(y), WANTED @ model),
        )
        found.append([one.ips.value, one.snips.value, one.dr.value])
        covered.append(
            [each.low <= truth <= each.high for each in (one.ips, one.snips, one.dr)]
        )
    assert np.mean(found, axis=0) == pytest.approx([truth] * 3, rel=0.02)
    assert (np.mean(covered, axis=0) > 0.91).all()
    # the model takes out variance
    assert np.std(found, axis=0)[2] < np.std(found, axis=0)[0]


def test_a_log_that_says_too_little_is_refused():
    arms, y = log(np.random.default_rng(0), 150)
    one = evaluate(y, LOGGED[arms], np.array([1.0, 0, 0])[arms])
    assert one.ips is None
    assert "are needed" in one.why_not
    assert evaluate(y, LOGGED[arms], np.zeros(150)).effective == 0
    with pytest.raises(ValueError, match="above 0"):
        evaluate(y, np.zeros(150), WANTED[arms])


def test_a_forecast_covers_what_comes():
    rng, inside = np.random.default_rng(3), 0
    for _ in range(400):
        chances = np.clip(rng.normal(0.3, 0.03, 5), 0.01, 0.99)
        totals, counts = (
            [500] * 4,
            [rng.binomial(500, chance) for chance in chances[:4]],
        )
        seen, came = predict(800, totals, counts), rng.binomial(800, chances[4])
        inside += seen.low <= came <= seen.high
    assert inside / 400 >= 0.93
    assert predict(10, [], []) is None
    assert predict(100, [50], [10]).expected == pytest.approx(20)


def test_new_weights_are_judged_by_the_last_run_that_is_over(make_finished_run, shop):
    run = make_finished_run(arms=[{"name": "a"}, {"name": "b"}])
    Run.objects.filter(pk=run.pk).update(state=Run.State.FINISHED)
    weighted = read(
        {
            **run.version.content,
            "arms": [{"name": "a", "weight": 9}, {"name": "b", "weight": 1}],
        }
    )
    found = logged(run.campaign, weighted)
    spent = {arm: [] for arm in ("control", "a", "b")}
    for message in run.messages.all():
        spent[message.arm].append(float(shop.spent.get(message.customer_id, 0) != 0))
    weights = {"control": 0.25, "a": 0.675, "b": 0.075}
    assert found["metric"] == "conversion"
    assert found["snips"]["value"] == pytest.approx(
        sum(weights[arm] * np.mean(spent[arm]) for arm in spent), abs=0.02
    )
    assert found["dr"]["low"] < found["dr"]["value"] < found["dr"]["high"]
    assert 100 < found["effective"] < found["n"]


def test_an_arm_that_was_never_tried_is_named(make_finished_run):
    run = make_finished_run(arms=[{"name": "a"}, {"name": "b"}])
    Run.objects.filter(pk=run.pk).update(state=Run.State.FINISHED)
    new = read({**run.version.content, "arms": [{"name": "a"}, {"name": "c"}]})
    assert logged(run.campaign, new)["refused"] == "never tried before: c"
    Run.objects.filter(pk=run.pk).update(as_of=now())
    assert logged(run.campaign, new) is None  # its outcomes are still to come
