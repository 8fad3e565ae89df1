"""A migration does not stop a shop: what it does to tables of millions of rows is read
here; and a shop of before, with its rows, comes forward.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

APPS = ("profiles", "recommender", "campaigns")
# tables that grow with customers and with what they do
LARGE = {
    "profiles": "customer event consent device identity portrait score pastscore order"
    " orderfile segmentmembership item quarantinedrow jobline".split(),
    "recommender": "recommendationlist".split(),
    "campaigns": "message attempt touchpoint coupon occasion inboundwebhook".split(),
}
# The last migrations that were written before this was held: they made no shop wait,
# since no shop was of a release yet.
BEFORE = {"profiles": 34, "recommender": 99, "campaigns": 99}


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


def of_new(field: models.Field[Any, Any]) -> str:
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


OLDER = ("profiles", "0032_edits_of_an_order")


@pytest.mark.django_db(transaction=True)
def test_a_shop_of_before_comes_forward_with_its_rows() -> None:
    newest = [leaf for leaf in MigrationExecutor(connection).loader.graph.leaf_nodes()]
    try:
        MigrationExecutor(connection).migrate([OLDER])
        apps = MigrationExecutor(connection).loader.project_state([OLDER]).apps
        customer = apps.get_model("profiles", "Customer").objects.create(
            external_id="c1", first_name="Jürgen", last_name="Müller"
        )
        apps.get_model("profiles", "Event").objects.create(
            key="6f1c7a53-6c39-4d57-9d7e-8a1f6c9a0001",
            customer_id=customer.pk,
            type="view",
            at="2026-01-01T00:00Z",
        )
    finally:
        MigrationExecutor(connection).migrate(newest)
    from profiles.customer_search import search
    from profiles.models import Backup, Customer, Event

    assert [one.external_id for one in search(Customer.objects.all(), "mull")] == ["c1"]
    assert Event.objects.get().customer.external_id == "c1"
    assert not Backup.objects.exists()
