"""The ledger of one order, by itself: whatever is told, in whatever order, it adds up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import process_time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.intake.orders.apportionment import apportioned, per_unit
from profiles.intake.orders.ledger import Ledger
from profiles.intake.orders.statement import OrderLine, Refund, State, Statement

AT = datetime(2026, 10, 1, tzinfo=UTC)
MONEY = st.decimals(min_value=0, max_value=1000, places=2)
QUANTITY = st.integers(0, 5).map(Decimal)
LINES = st.lists(
    st.tuples(st.sampled_from("abc"), QUANTITY, MONEY), unique_by=lambda one: one[0]
)
# beside others
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def said(day: int, lines: list[tuple[str, Decimal, Decimal]], **more) -> Statement:
    at = AT + timedelta(days=day)
    named = tuple(
        OrderLine(key, key, quantity, price) for key, quantity, price in lines
    )
    return Statement(
        "o", AT, at, **({"state": State.PAID, "lines": named, "rank": 1} | more)
    )


def heard(statements: list[Statement]) -> Ledger:
    ledger = Ledger()
    for one in statements:
        ledger.hear(one)
        ledger.due()
    return ledger


@patiently
@given(st.lists(LINES.filter(bool), min_size=1, max_size=4), st.randoms())
def test_whatever_came_before_the_newest_statement_holds(states, chance):
    statements = [said(n, lines) for n, lines in enumerate(states)] * 2
    chance.shuffle(statements)
    ledger = heard(statements)
    newest = states[-1]
    assert ledger.money_left == sum(
        quantity * price for _key, quantity, price in newest
    )
    assert {key: ledger.left(key) for key, _q, _p in newest} == {
        key: q for key, q, _p in newest
    }


@patiently
@given(LINES.filter(bool), st.lists(MONEY, max_size=3), st.randoms())
def test_amounts_given_back_never_exceed_the_order_and_an_end_leaves_nothing(
    lines, amounts, chance
):
    refunds = tuple(
        Refund(f"r{n}", AT, amount=amount) for n, amount in enumerate(amounts)
    )
    placed, updated = said(0, lines), said(1, lines, refunds=refunds)
    statements = [placed, updated] * 2
    chance.shuffle(statements)
    ledger = heard(statements)
    paid = sum(quantity * price for _key, quantity, price in lines)
    assert ledger.money_left == max(
        paid - sum(amounts), Decimal(0)
    ) or ledger.money_left < Decimal("0.01")
    end = said(2, lines, state=State.CANCELLED, says_whether_ended=True)
    for statement in (end, placed, end, updated):
        ledger.hear(statement)
        ledger.due()
    assert ledger.money_left == 0
    assert all(ledger.left(key) == 0 for key, _q, _p in lines)


@patiently
@given(MONEY, st.lists(st.integers(1, 9).map(Decimal), min_size=1, max_size=9))
def test_shares_add_up_to_the_last_digit(amount, weights):
    shares = apportioned(amount, weights)
    assert sum(shares) == amount
    for weight, share in zip(weights, shares, strict=True):
        parts = per_unit(weight, share)
        assert sum(quantity * price for quantity, price in parts) == share
        assert sum(quantity for quantity, _price in parts) == weight


def test_twice_the_lines_of_an_order_are_about_twice_the_work():
    def seconds(n: int) -> float:
        lines = [(f"l{k}", Decimal(2), Decimal(3)) for k in range(n)]
        began = process_time()
        ledger = heard(
            [
                said(0, lines),
                said(1, lines[: n // 2]),
                said(2, lines, state=State.CANCELLED),
            ]
        )
        assert ledger.money_left == 0
        return process_time() - began

    assert min(seconds(1_000) for _ in range(3)) < 9 * seconds(250) + 0.1
