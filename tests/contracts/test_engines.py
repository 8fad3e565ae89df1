"""Everything that is asked of the history could be asked of a ClickHouse or of Spark:
every plug-in, none left out.
"""

import inspect
from datetime import datetime, timedelta
from types import ModuleType

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pytest
from ibis.common.exceptions import OperationNotDefinedError

from profiles.history.sales import sales
from profiles.portraits import purchase_facts as portrait_facts
from profiles.portraits.purchase_facts import Facts
from profiles.segments import table_schemas
from profiles.segments.compiled import read
from recommender.propensity import expressions, features
from recommender.propensity import scope as scopes
from recommender.propensity.scope import EVERYTHING, Scope
from retention_site.lib import registry
from tests.contracts import engines

NOW = datetime.fromisoformat("2024-06-01T00:00+00:00")
each_engine = pytest.mark.parametrize("engine", engines.OTHERS)
SCOPES = [EVERYTHING, Scope(category="Food > Bread"), Scope(item="rye")]
LEAVES = [
    (key, place)
    for key, kind in registry.everything("predicates").items()
    for place in range(len(kind.examples))
    if key != "in_segment"  # is the rule that it names
]


@pytest.fixture(autouse=True)
def spark_without_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ibis.options, "pyspark", engines.SparkOptions())


class Unasked(Facts):
    """Facts of the tables' shapes alone: what several traits start from is put in
    whole, the shop is empty.
    """

    def kept(self, name, make):
        return make(self)

    def ask(self, table: ir.Table) -> pa.Table:
        return table.schema().to_pyarrow().empty_table()


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Facts:
    monkeypatch.setattr(portrait_facts, "zones_of", lambda _customers: ["Asia/Tokyo"])
    return Unasked(
        as_of=NOW,
        customers=table_schemas.customers,
        orders=(paid := portrait_facts.paid_of(table_schemas, NOW, "Europe/Berlin")),
        paid=paid,
        tastes=portrait_facts.tastes_of(table_schemas, NOW),
        messages=portrait_facts.messages_of(table_schemas, NOW),
    )


@each_engine
@pytest.mark.parametrize(("key", "place"), LEAVES)
def test_a_predicate_is_understood(key: str, place: int, engine: str) -> None:
    leaf = read({"is": key, **registry.load("predicates", key).examples[place]})
    members = table_schemas.customers.filter(leaf.holds()).select("customer")
    assert not engines.unknown_words(members, engine)


@each_engine
@pytest.mark.parametrize("key", registry.keys("traits"))
def test_a_trait_is_understood(key: str, engine: str, facts: Facts) -> None:
    trait = registry.load("traits", key)()
    assert trait.key == key
    assert not engines.unknown_words(trait.values(facts), engine)


@each_engine
@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_a_feature_set_is_understood(engine: str, scope: Scope) -> None:
    asked = expressions.everything(
        ("view", "o'dd"), scope, [NOW - timedelta(days=30), NOW]
    )
    assert not {
        name: words
        for name, table in asked.items()
        if (words := engines.unknown_words(table, engine))
    }


@pytest.mark.parametrize("module", [features, scopes])
def test_no_feature_is_asked_for_in_other_words(module: ModuleType) -> None:
    assert "SELECT" not in inspect.getsource(module)


@each_engine
def test_net_sales_are_understood(engine: str) -> None:
    assert not engines.unknown_words(sales(table_schemas.events), engine)


def test_every_plug_in_is_asked() -> None:
    assert {key for key, _place in LEAVES} == set(registry.keys("predicates")) - {
        "in_segment"
    }


@each_engine
def test_a_word_that_only_duckdb_knows_is_noticed(engine: str) -> None:
    @ibis.udf.scalar.builtin(
        name="list_last", signature=((dt.Array(dt.string),), dt.string)
    )
    def last(_words): ...

    table = table_schemas.customers.select(
        found=last(table_schemas.customers.region.split(" "))
    )
    assert engines.unknown_words(table, engine) == {"list_last"}


def test_what_an_engine_can_not_do_at_all_is_refused() -> None:
    soundex = table_schemas.customers.select(
        kurtosis=table_schemas.events.quantity.kurtosis().as_scalar()
    )
    with pytest.raises(OperationNotDefinedError):
        engines.unknown_words(soundex, "clickhouse")
