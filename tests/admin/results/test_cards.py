"""A model's card: what it is judged by first, the best figure marked whichever way is
better.
"""

from recommender.admin.cards import group_table, metric_table
from tests.small_shop import CARD


def test_the_judged_metric_comes_first_whatever_the_database_did_to_the_order():
    metrics = {"hit@10": 1, "repeat ndcg@10": 1, "ndcg@10": 1}
    assert [row.name for row in metric_table({"metrics": metrics}).rows] == [
        "ndcg@10",
        "hit@10",
        "repeat ndcg@10",
    ]


def test_the_best_is_marked_where_lower_is_better_too():
    table = metric_table({"model": "recommender", **CARD})
    best = {
        row.name: table.columns[[one.is_best for one in row.figures].index(True)]
        for row in table.rows
    }
    assert best == {"ndcg@10": "recommender", "log loss": "recommender"}
    assert [row.is_lower_better for row in table.rows] == [False, True]


def test_a_metric_without_a_rival_is_no_winner():
    (row,) = metric_table({"metrics": {"auc": {"value": 0.8}}}).rows
    assert not row.figures[0].is_best


def test_groups_stand_in_the_order_of_their_numbers():
    groups = {
        "10+ orders": {"auc": 1},
        "0 orders": {"auc": 1},
        "3-9 orders": {"auc": 1},
    }
    _names, rows = group_table({"groups": groups})
    assert [name for name, _figures in rows] == ["0 orders", "3-9 orders", "10+ orders"]
