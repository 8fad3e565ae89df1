"""How everybody passes one step of a journey in the past, by one statement a kind.

A step's table holds run, arrived, gone_at and outcome: the place of the outcome among the
step's ways, one of `LEFT` for who left the journey there, NULL for who still waits.
"""

# ruff: noqa: S608 - names are ours

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from campaigns.content import triggers
from campaigns.content.journey_graph import Place
from campaigns.content.journey_steps import WEEKDAYS
from campaigns.content.model import Content
from campaigns.content.triggers import CUSTOMER
from campaigns.journey_rehearsal.entries import days_of, span
from campaigns.journey_rehearsal.past import Past, about, names_of
from campaigns.journey_rehearsal.wall_clock import lay_out_days, lay_out_slots
from campaigns.stats.allocation.assignment import assign
from profiles.segments.own_moments import fitting_at, goes_by_day

GOAL, RULE = -1, -2
LEFT = {GOAL: "goal reached", RULE: "left by rule"}
MOST_LOOKS = 60  # at a rule that is waited for; the engine looks every hour
LOOK_EVERY = timedelta(days=1)
PASSED = (
    "SELECT run, arrived, arrived AS gone_at, CAST(0 AS TINYINT) AS outcome FROM here"
)
UNTIL = """
    SELECT run, arrived, CASE WHEN until < {{ends}} THEN until END AS gone_at,
        CASE WHEN until < {{ends}} THEN CAST(0 AS TINYINT) END AS outcome
    FROM ({until}) AS waiting
"""
WHO = "here JOIN runs USING (run) JOIN customers ON customers.customer = runs.customer"
AWAITED = """
    SELECT run, arrived,
        CASE WHEN came <= until THEN greatest(came, arrived) WHEN until < {{ends}} THEN until END AS gone_at,
        CAST(CASE WHEN came <= until THEN 0 WHEN until < {{ends}} THEN 1 END AS TINYINT) AS outcome
    FROM (
        SELECT asked.run, asked.arrived, asked.until, event.happened_at AS came
        FROM (
            SELECT here.run, here.arrived, here.arrived + {most} AS until, {since} AS since, runs.customer, runs.value
            FROM here JOIN runs USING (run)
        ) AS asked ASOF LEFT JOIN (
            SELECT customer, happened_at, {value} AS value FROM heard WHERE kind IN ({names})
        ) AS event ON asked.customer = event.customer{same} AND asked.since < event.happened_at
    ) AS waiting
"""
# whoever moves on after a wait is looked at first: done, or no longer meant
LEAVE = """
    SELECT step.run, arrived, step.gone_at, CAST(
        CASE WHEN step.gone_at > arrived OR {is_door} THEN {verdict} ELSE outcome END AS TINYINT) AS outcome
    FROM {step} AS step {joins}
"""


@dataclass
class Walk:
    """One journey on its way through the past."""

    past: Past
    content: Content
    salt: str

    def pass_by(self, place: Place) -> None:
        """Keep as `step{number}` how everybody who came `here` passed a place."""
        name = f"step{place.number}"
        KINDS.get(place.kind, _goes_on)(self, place, name)
        if place.kind in ("wait", "wait_until"):
            self.let_leave(name)

    def let_leave(self, name: str, *, is_door: bool = False) -> None:
        """Let go whoever reached the goal by the time they move on, or fits the rule
        that ends it.
        """
        leave = self.content.leave
        joins, cases = "", []
        if leave and leave["goal"] and not is_door:
            joins += " LEFT JOIN goals ON goals.run = step.run"
            cases.append(f"WHEN goals.reached <= step.gone_at THEN {GOAL}")
        if leave and leave["if"]:
            self.fit(
                leave["if"],
                f"SELECT step.run AS row, runs.customer, step.gone_at AS at FROM {name} AS"
                " step JOIN runs USING (run) WHERE step.gone_at"
                + (" IS NOT NULL" if is_door else " > arrived"),
            )
            joins += " LEFT JOIN fits ON fits.row = step.run"
            cases.append(f"WHEN fits.row IS NOT NULL THEN {RULE}")
        if not cases:
            return
        verdict = f"CASE {' '.join(cases)} ELSE outcome END"
        self.past.keep(
            f"{name}_judged",
            LEAVE.format(
                step=name,
                joins=joins,
                verdict=verdict,
                is_door="true" if is_door else "false",
            ),
        )
        self.past.drop(name, "fits")
        self.past.run(f"ALTER TABLE {name}_judged RENAME TO {name}")

    def fit(self, rule: dict[str, Any], asked: str) -> None:
        """Keep as `fits` the rows of a query (row, customer, at) that fit a rule at
        their own moment.
        """
        if goes_by_day(rule):
            self.past.admit(
                _(
                    "Rules about portraits, scores, anniversaries or averages are asked"
                    " as of each day's midnight."
                )
            )
        self.past.keep("asked", asked)
        self.past.keep("fits", fitting_at(rule, self.past.tables, "asked"))
        self.past.drop("asked")


def _goes_on(walk: Walk, _place: Place, name: str) -> None:
    walk.past.keep(name, PASSED)


def _set(walk: Walk, place: Place, name: str) -> None:
    walk.past.admit(
        _("What a step sets is not there for the rules that come after it.")
    )
    _goes_on(walk, place, name)


def _wait(walk: Walk, place: Place, name: str) -> None:
    says = place.says
    if "for" in says:
        until = f"SELECT run, arrived, arrived + {span(says['for'])} AS until FROM here"
    elif "date" in says:
        until = _until_date(walk, says)
    elif "date_of" in says:
        until = _until_day(walk, says)
    else:
        until = _until_clock(walk, says)
    walk.past.keep(name, UNTIL.format(until=until))


def _until_clock(walk: Walk, says: dict[str, Any]) -> str:
    """The next time that customers' clocks show this, on these days of the week; or the
    usual hour of each, where it is known.
    """
    lay_out_days(walk.past, "clock", says["at"])
    days = ", ".join(str(WEEKDAYS.index(one)) for one in says.get("weekday", ()))
    clock = f"(SELECT * FROM clock{f' WHERE weekday IN ({days})' if days else ''})"
    zoned = (
        "SELECT run, arrived, coalesce(time_zone, '') AS zone, customers.customer FROM"
        f" {WHO}"
    )
    by_clock = (
        "SELECT here.run, here.arrived, here.customer, here.zone, moment AS until FROM"
        f" ({zoned}) AS here ASOF LEFT JOIN {clock} AS clock ON here.zone = clock.zone"
        " AND here.arrived <= clock.moment"
    )
    if not says.get("best_hour"):
        return by_clock
    walk.past.admit(_("The usual hour of each customer is today's."))
    lay_out_slots(walk.past, "slots")
    usual = (
        'SELECT customer, json_extract_string(traits, \'$."active_slot"."value"\') AS'
        " slot FROM portraits"
    )
    return (
        "SELECT here.run, here.arrived, coalesce(greatest(slots.begins, here.arrived),"
        f" here.until) AS until FROM (SELECT * FROM ({by_clock}) AS here LEFT JOIN"
        f" ({usual}) AS usual USING (customer)) AS here ASOF LEFT JOIN slots ON"
        " here.zone = slots.zone AND here.slot = slots.slot AND here.arrived <"
        " slots.ends"
    )


def _until_date(walk: Walk, says: dict[str, Any]) -> str:
    """A day of the calendar, by customers' clocks; who comes later goes on at once."""
    lay_out_days(walk.past, "clock", says["at"], only=date.fromisoformat(says["date"]))
    return (
        "SELECT here.run, here.arrived, greatest(clock.moment, here.arrived) AS until"
        f" FROM (SELECT run, arrived, coalesce(time_zone, '') AS zone FROM {WHO}) AS"
        " here JOIN clock USING (zone)"
    )


def _until_day(walk: Walk, says: dict[str, Any]) -> str:
    """The next time that a day of the customer's comes round; who has none goes on."""
    lay_out_days(
        walk.past, "clock", says["at"], days_before=says["days_before"], leap_day_on=301
    )
    return (
        "SELECT here.run, here.arrived, CASE WHEN here.comes IS NULL THEN here.arrived"
        " ELSE clock.moment END AS until FROM (SELECT run, arrived,"
        " coalesce(time_zone, '') AS zone, month(on_day) * 100 + day(on_day) AS comes"
        f" FROM {WHO} LEFT JOIN ({days_of(says['date_of'])}) AS whose ON whose.customer"
        " = runs.customer) AS here ASOF LEFT JOIN clock ON here.zone = clock.zone AND"
        " here.comes = clock.comes AND here.arrived <= clock.moment"
    )


def _wait_until(walk: Walk, place: Place, name: str) -> None:
    says = place.says
    if says["if"]:
        _wait_for_rule(walk, says, name)
        return
    is_same = says["same"] not in ("", CUSTOMER)
    walk.past.keep(
        name,
        AWAITED.format(
            most=span(says["at_most"]),
            since="runs.entered" if says["since"] == "entry" else "here.arrived",
            value=about(says["same"]) if is_same else "''",
            same=" AND asked.value = event.value" if is_same else "",
            names=names_of(says["event"]),
        ),
    )


def _wait_for_rule(walk: Walk, says: dict[str, Any], name: str) -> None:
    """Look at arrival, then once a day, then at the end; whoever fits goes on."""
    past, most = walk.past, triggers.span(says["at_most"])
    every = max(LOOK_EVERY, most / MOST_LOOKS)
    past.admit(
        _("A rule that is waited for is looked at once in {hours:.0f} hours.").format(
            hours=every.total_seconds() / 3600
        )
    )
    past.keep("open", "SELECT run, arrived FROM here")
    past.keep(
        name,
        "SELECT run, arrived, arrived AS gone_at, CAST(0 AS TINYINT) AS outcome FROM open"
        " LIMIT 0",
    )
    looks = [every * k for k in range(int(most / every) + 1)]
    for after in looks if looks[-1] == most else [*looks, most]:
        at = f"arrived + INTERVAL {int(after.total_seconds())} SECOND"
        walk.fit(
            says["if"],
            f"SELECT open.run AS row, runs.customer, {at} AS at FROM open JOIN runs USING"
            f" (run) WHERE {at} < {{ends}}",
        )
        outcome = "CASE WHEN fits.row IS NOT NULL THEN 0 ELSE 1 END"
        past.run(
            f"INSERT INTO {name} SELECT open.run, arrived, {at}, {outcome} FROM open LEFT"
            f" JOIN fits ON fits.row = open.run WHERE {at} < {{ends}} AND"
            f" ({'true' if after == most else 'fits.row IS NOT NULL'})"
        )
        past.run(f"DELETE FROM open WHERE run IN (SELECT run FROM {name})")
    past.run(f"INSERT INTO {name} SELECT run, arrived, NULL, NULL FROM open")
    past.drop("open", "fits")


def _split(walk: Walk, place: Place, name: str) -> None:
    walk.fit(
        place.says["if"],
        "SELECT here.run AS row, runs.customer, arrived AS at FROM here JOIN runs USING"
        " (run)",
    )
    walk.past.keep(
        name,
        "SELECT here.run, arrived, arrived AS gone_at, CAST(CASE WHEN fits.row IS NULL THEN 1"
        " ELSE 0 END AS TINYINT) AS outcome FROM here LEFT JOIN fits ON fits.row ="
        " here.run",
    )
    walk.past.drop("fits")


def _test(walk: Walk, place: Place, name: str) -> None:
    arms = place.says["arms"]
    draw(
        walk.past,
        lambda ids: (
            assign(
                ids,
                salt=f"{walk.salt}:{place.key}",
                shares=[one["weight"] for one in arms],
            ).arms
        ),
    )
    walk.past.keep(
        name,
        "SELECT run, arrived, arrived AS gone_at, CAST(arm AS TINYINT) AS outcome FROM here"
        " JOIN runs USING (run) JOIN drawn ON drawn.customer = runs.customer",
    )
    walk.past.drop("drawn")


def draw(past: Past, lot: Callable[[list[str]], Any]) -> None:
    """Keep as `drawn` (customer, arm) what chance gives each customer of the runs."""
    who = past.tables.run(
        "SELECT customer, customer_id FROM customers SEMI JOIN runs USING (customer)"
    )
    drawn = lot(who["customer_id"].to_pylist())
    past.tables.connection.register(
        "drawing", pa.table({"customer": who["customer"], "arm": pa.array(drawn)})
    )
    past.keep("drawn", "SELECT * FROM drawing")
    past.tables.connection.unregister("drawing")


KINDS: dict[str, Callable[[Walk, Place, str], None]] = {
    "wait": _wait,
    "wait_until": _wait_until,
    "split": _split,
    "test": _test,
    "set": _set,
}
