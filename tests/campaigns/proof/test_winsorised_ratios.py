"""Large amounts pulled in where the outcome is a ratio: of the pair, so that an order
of 20 stays one of 20.
"""

import numpy as np
import pytest

from tests.campaigns.proof.test_effect_on_files import effect, written  # noqa: F401

HEADER = ["unit", "arm", "revenue", "orders", "spend", "before"]


def shop(rng, n, price, *, heavy=1.2, more_orders=0.0):
    """Few buy, some very often; ``price`` draws what each of a unit's orders costs."""
    rows = []
    for unit in range(n):
        arm = "b" if rng.random() < 0.5 else "a"
        rate = 0.8 * (1 + more_orders * (arm == "b"))
        orders = int(rng.poisson(rate * rng.lognormal(0, heavy)))
        revenue = float(price(rng, orders)) * orders if orders else 0.0
        rows.append([unit, arm, revenue, orders, revenue, rng.normal(10 + orders, 2)])
    return rows


def asked(write, rows, *more, ratio="revenue/orders"):
    return effect(write(rows, header=HEADER), "--ratio", ratio, *more, control="a")


@pytest.mark.parametrize("quantile", ["0.5", "0.8", "0.95", "0.99", "0.999"])
@pytest.mark.parametrize("price", [20.0, 19.99, 0.1])
def test_where_every_order_costs_the_same_it_stays_so(written, price, quantile):  # noqa: F811
    rows = shop(np.random.default_rng(5), 4_000, lambda _rng, _n: price)
    rows += [[9_000 + n, "a", price * 500, 500, price * 500, 10.0] for n in range(20)]
    (seen,) = asked(written, rows, "--winsorise", quantile)["results"]
    assert (seen["mean"], seen["mean_control"], seen["difference"]) == (
        price,
        price,
        0.0,
    )
    assert seen["verdict"] == "undecided"
    assert seen["p"] is None


def test_one_order_of_a_fortune_no_longer_decides(written):  # noqa: F811
    rows = shop(np.random.default_rng(6), 4_000, lambda rng, _n: rng.lognormal(3, 0.4))
    rows.append([9_000, "b", 1e7, 1, 1e7, 10.0])
    plain, declared = (
        asked(written, rows, *more)["results"][0]
        for more in ((), ("--winsorise", "0.99"))
    )
    assert plain["mean"] > 1_000
    assert declared["mean"] == pytest.approx(declared["mean_control"], rel=0.1)


def test_a_real_difference_is_still_found(written):  # noqa: F811
    rng = np.random.default_rng(7)
    rows = shop(rng, 6_000, lambda rng, _n: rng.lognormal(3, 0.4))
    for row in rows:
        row[2] *= 1.15 if row[1] == "b" else 1.0
    (seen,) = asked(written, rows, "--winsorise", "0.99")["results"]
    assert seen["verdict"] == "better"
    assert seen["difference"] / seen["mean_control"] == pytest.approx(0.15, abs=0.08)


def test_more_orders_of_the_same_price_are_no_dearer_orders(written):  # noqa: F811
    rows = shop(
        np.random.default_rng(8),
        6_000,
        lambda rng, _n: rng.lognormal(3, 0.3),
        more_orders=0.5,
    )
    (seen,) = asked(written, rows, "--winsorise", "0.95")["results"]
    assert seen["low"] < 0 < seen["high"]


@pytest.mark.parametrize("more", [(), ("--covariate", "before")])
def test_equal_arms_are_called_different_no_more_often_than_promised(written, more):  # noqa: F811
    """150 looks at equal arms: at most alpha and what chance adds (three standard
    errors).
    """
    rejected = {"ratio": 0, "cuped": 0}
    n_runs = 150
    for seed in range(n_runs):
        rng = np.random.default_rng(1_000 + seed)
        rows = shop(rng, 1_200, lambda rng, n: rng.lognormal(3, 0.5) / np.sqrt(n))
        (seen,) = asked(written, rows, "--winsorise", "0.95", *more)["results"]
        rejected["ratio"] += seen["p"] < 0.05
        rejected["cuped"] += seen["cuped_p"] is not None and seen["cuped_p"] < 0.05
    most = 0.05 * n_runs + 3 * np.sqrt(0.05 * 0.95 * n_runs)
    assert max(rejected.values()) <= most


def test_two_ratios_of_one_numerator_and_its_mean_are_each_pulled_in_by_themselves(
    written,  # noqa: F811
):
    rows = shop(np.random.default_rng(9), 3_000, lambda _rng, _n: 20.0)
    seen = asked(
        written,
        rows,
        "--ratio",
        "revenue/before",
        "--metric",
        "revenue",
        "--winsorise",
        "0.9",
    )
    alone = asked(written, rows, "--winsorise", "0.9")
    by_name = {one["metric"]: one for one in seen["results"]}
    assert by_name["revenue/orders"]["mean"] == 20.0 == alone["results"][0]["mean"]
    (mean,) = effect(
        written(rows, header=HEADER),
        "--metric",
        "revenue",
        "--winsorise",
        "0.9",
        control="a",
    )["results"]
    assert by_name["revenue"]["mean"] == mean["mean"]
    assert set(seen["winsorised"]) == {"revenue", "orders", "before"}


def test_within_groups_the_same_pair_is_pulled_in(written):  # noqa: F811
    header = [*HEADER, "region"]
    rows = [
        [*row, "north" if row[0] % 3 else "south"]
        for row in shop(np.random.default_rng(10), 4_000, lambda _rng, _n: 20.0)
    ]
    seen = effect(
        written(rows, header=header),
        "--ratio",
        "revenue/orders",
        "--by",
        "region",
        "--winsorise",
        "0.9",
        control="a",
    )
    assert seen["segments"]
    assert all(one["difference"] in (None, 0.0) for one in seen["segments"])
