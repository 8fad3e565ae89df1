"""Who of those at the door is let in: as often as the journey says, one run of an
object at a time.
"""

# ruff: noqa: S608 - names are ours

from __future__ import annotations

from typing import Any

from campaigns.content.journey_steps import EACH, NEVER
from campaigns.journey_rehearsal.entries import span
from campaigns.journey_rehearsal.past import Past
from profiles.segments.own_moments import fitting_at

FIRST = """
    SELECT customer, value, entered FROM door
    QUALIFY {also} row_number() OVER (PARTITION BY {whose} ORDER BY entered, value) = 1
"""
# Each candidate is taken or not by those taken before it, in their order: a run of the
# same object that still goes on, or an entry of the customer that is too short ago. The
# first of a customer is always taken; what is carried on grows with those taken only.
FOLD = """
    SELECT list_reduce(
        list({{taken: [{{run: run, value: value, e: entered, l: ended}}], n_again: 0, n_inside: 0}}
            ORDER BY entered, value, run),
        lambda so_far, one: CASE
            WHEN len(list_filter(so_far.taken, lambda old: old.e + {again} > one.taken[1].e)) > 0
                THEN struct_update(so_far, n_again := so_far.n_again + 1)
            WHEN len(list_filter(so_far.taken, lambda old:
                old.value = one.taken[1].value AND old.l > one.taken[1].e)) > 0
                THEN struct_update(so_far, n_inside := so_far.n_inside + 1)
            ELSE struct_update(so_far, taken := list_concat(so_far.taken, one.taken)) END) AS folded
    FROM (
        SELECT runs.run, customer, value, entered, coalesce(ends.ended, {{ends}}) AS ended
        FROM runs LEFT JOIN ends USING (run)
    ) AS candidates GROUP BY customer
"""


def keep_out(past: Past, rule: dict[str, Any] | None) -> int:
    """Turn away whom the journey's segment doesn't mean as they come; return how many."""
    if rule is None:
        return 0
    past.keep(
        "asked",
        "SELECT row_number() OVER () AS row, customer, value, entered AS at FROM door",
    )
    past.keep("fits", fitting_at(rule, past.tables, "asked"))
    n = past.run("SELECT count(*) FROM asked ANTI JOIN fits USING (row)")[0][0]
    past.keep(
        "door",
        "SELECT customer, value, asked.at AS entered FROM asked SEMI JOIN fits USING (row)",
    )
    past.drop("asked", "fits")
    return int(n)


def let_in_at_once(past: Past, again: str) -> int:
    """Keep as `runs` whoever may enter by the order of the door alone; return how many
    were refused by `again`.

    A customer who enters once, or once an object, can't meet a run of their own: the
    first is let in, the others are not.
    """
    n = past.run("SELECT count(*) FROM door")[0][0]
    firsts = {
        NEVER: FIRST.format(whose="customer", also=""),
        EACH: FIRST.format(whose="customer, value", also="value = '' OR"),
    }
    chosen = firsts.get(again, "SELECT * FROM door")
    past.keep(
        "runs",
        "SELECT CAST(row_number() OVER (ORDER BY entered, customer, value) AS UINTEGER) AS"
        f" run, customer, value, entered FROM ({chosen}) AS chosen",
    )
    past.drop("door")
    return int(n - past.run("SELECT count(*) FROM runs")[0][0])


def fold(past: Past, again: str) -> tuple[int, int]:
    """Take runs out that would not have begun; return how many were refused by `again`
    and by one at a time. `ends` holds when each run was over.
    """
    if again == NEVER:
        return 0, 0
    least = "INTERVAL 0 SECOND" if again == EACH else span(again)
    past.keep("judged", FOLD.format(again=least))
    n_again, n_inside = past.run(
        "SELECT coalesce(sum(folded.n_again), 0), coalesce(sum(folded.n_inside), 0) FROM"
        " judged"
    )[0]
    if n_again or n_inside:
        past.keep(
            "runs",
            "SELECT runs.* FROM runs SEMI JOIN (SELECT unnest(list_transform(folded.taken,"
            " lambda one: one.run)) AS run FROM judged) AS taken USING (run)",
        )
    past.drop("judged")
    return int(n_again), int(n_inside)
