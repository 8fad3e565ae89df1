"""A migration does not stop a shop: what it does to tables of millions of rows is read
here; and a shop of before, with its rows, comes forward.
"""

import subprocess
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from retention_site.lib.processes.programs import manage

APPS = ("profiles", "recommender", "campaigns")
# tables that grow with customers and with what they do
LARGE = {
    "profiles": "customer event consent device identity portrait score pastscore order"
    " orderfile segmentmembership item quarantinedrow jobline".split(),
    "recommender": "recommendationlist".split(),
    "campaigns": "message attempt touchpoint coupon occasion inboundwebhook".split(),
}
# Up to these no release was out, so that no shop waited for them.
BEFORE = {"profiles": 39, "recommender": 9, "campaigns": 39}


def numbered(name: str) -> int:
    return int(name[:4])


def judged(app: str, operation: Any, made: set[str]) -> str:
    """Say what would lock a large table, or nothing."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        parts = (judged(app, one, made) for one in operation.database_operations)
        return next(filter(None, parts), "")
    model = getattr(operation, "model_name", getattr(operation, "name", "")).lower()
    if model not in LARGE[app] or model in made:
        return ""
    match operation:
        case AddIndexConcurrently():
            return ""
        case migrations.AddIndex():
            return "an index without CONCURRENTLY"
        case migrations.AddConstraint():
            return "a constraint that is checked under a lock"
        case migrations.AddField(field=field):
            return of_new(field)
        case migrations.AlterField():
            return "a column that may be rewritten"
        case migrations.AlterUniqueTogether() | migrations.AlterIndexTogether():
            return "an index without CONCURRENTLY"
    return ""


def of_new(field: "models.Field[Any, Any]") -> str:
    if field.unique or (field.db_index and not field.primary_key):
        return "a new column with an index without CONCURRENTLY"
    if not field.null and field.db_default is NOT_PROVIDED and not field.many_to_many:
        return "a new column that is not null and has no default of the database"
    return ""


def faults(migration: Any) -> Iterator[str]:
    made = {
        one.name.lower()
        for one in migration.operations
        if isinstance(one, migrations.CreateModel)
    }
    for operation in migration.operations:
        if wrong := judged(migration.app_label, operation, made):
            yield f"{migration.app_label}.{migration.name}: {wrong}"


def test_no_new_migration_locks_a_large_table() -> None:
    found = [
        fault
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in APPS and numbered(name) > BEFORE[app]
        for fault in faults(migration)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        (
            migrations.AddIndex("event", models.Index(fields=["type"], name="x")),
            "CONCURRENTLY",
        ),
        (migrations.AddField("customer", "x", models.TextField()), "no default"),
        (migrations.AddField("customer", "x", models.TextField(default="")), "default"),
        (
            migrations.AddField("event", "x", models.TextField(null=True, unique=True)),
            "index",
        ),
        (migrations.AlterField("event", "type", models.TextField()), "rewritten"),
        (
            migrations.AddConstraint(
                "event",
                models.CheckConstraint(condition=models.Q(type="x"), name="x"),
            ),
            "constraint",
        ),
        (migrations.AddField("customer", "x", models.TextField(null=True)), ""),
        (
            migrations.AddField(
                "customer", "x", models.TextField(default="", db_default="")
            ),
            "",
        ),
        (
            AddIndexConcurrently("event", models.Index(fields=["type"], name="x")),
            "",
        ),
        (migrations.AddField("segment", "x", models.TextField(default="")), ""),
    ],
)
def test_what_locks_is_told_from_what_does_not(operation, wrong) -> None:
    said = judged("profiles", operation, set())
    assert (wrong in said) if wrong else said == ""


def test_a_new_table_may_be_made_as_it_likes() -> None:
    index = models.Index(fields=["type"], name="x")
    assert judged("profiles", migrations.AddIndex("event", index), {"event"}) == ""


OLDER = "0024_rates"
ROWS = """
    INSERT INTO profiles_customer (external_id, first_name, last_name, email)
    VALUES ('c1', 'Jürgen', 'Müller', 'j@shop.example');
    INSERT INTO profiles_event (key, customer_id, type, happened_at, item_id)
    SELECT gen_random_uuid(), id, 'view', '2026-01-01', 'i1' FROM profiles_customer;
    INSERT INTO profiles_consent (customer_id, channel, status, at)
    SELECT id, 'email', 'granted', '2026-01-01' FROM profiles_customer;
"""


@pytest.fixture
def database(shop_environment):
    """A new, empty database beside the tests' own."""
    url, name = shop_environment["DATABASE_URL"], "shop_of_before"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield url.replace(f"/{connection.settings_dict['NAME']}?", f"/{name}?")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_shop_of_before_comes_forward_with_its_rows(
    database, shop_environment
) -> None:
    def migrate(*words: str) -> None:
        subprocess.run(
            manage("migrate", *words, "--verbosity", "0"),
            env={**shop_environment, "DATABASE_URL": database},
            check=True,
        )

    migrate("profiles", OLDER)
    with psycopg.connect(database, autocommit=True) as shop:
        shop.execute(ROWS)
        migrate()
        found = shop.execute(
            """
            SELECT external_id, event.item_id, consent.status FROM profiles_customer
            JOIN profiles_event event ON event.customer_id = profiles_customer.id
            JOIN profiles_consent consent ON consent.customer_id = profiles_customer.id
            WHERE profiles_name_words(first_name, last_name)
                @@ profiles_name_query('mull')
            """
        ).fetchall()
    assert found == [("c1", "i1", "granted")]
