"""After a large import PostgreSQL knows what its tables hold."""

import pytest
from django.db import connection

from profiles.intake import table_statistics
from profiles.intake.imports import load

pytestmark = pytest.mark.django_db


def known(table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("kind", "table", "header", "row"),
    [
        ("customers", "profiles_customer", "customer_id", "c{n}"),
        ("events", "profiles_event", "customer_id,type,at", "c{n},view,2026-01-01"),
        ("items", "profiles_item", "item_id", "i{n}"),
        (
            "consents",
            "profiles_consent",
            "customer_id,channel,status,at",
            "c{n},email,granted,2026-01-01",
        ),
    ],
)
def test_a_large_file_renews_them_and_a_small_one_does_not(
    tmp_path, monkeypatch, kind, table, header, row
):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([header, *(row.format(n=n) for n in range(50))]))
    monkeypatch.setattr(table_statistics, "LEAST_ROWS", 50)
    load(kind, path)
    assert known(table) >= 50
    monkeypatch.setattr(table_statistics, "LEAST_ROWS", 51)
    assert table_statistics.renew([table], 50) == []


def test_what_hardly_grew_is_left_to_the_database(monkeypatch):
    monkeypatch.setattr(table_statistics, "LEAST_ROWS", 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = 100 WHERE relname = 'profiles_item'"
        )
    assert table_statistics.renew(["profiles_item"], 19) == []
    assert table_statistics.renew(["profiles_item"], 20) == ["profiles_item"]
