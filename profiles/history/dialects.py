"""Expressions over the history in the SQL of each engine that can hold it."""

from collections.abc import Callable

import ibis.expr.types as ir
from sqlglot import expressions as sge

ENGINES = ("duckdb", "clickhouse", "pyspark")
Words = Callable[..., sge.Expression]

# What each engine calls the functions of `functions`
CALLED: dict[str, dict[str, Words]] = {
    "duckdb": {},
    "clickhouse": {
        "TIMEZONE": lambda zone, moment: _called(
            "addSeconds", moment, _called("timeZoneOffset", _called("toTimeZone", moment, zone))
        ),
        "JSON_EXTRACT_STRING": lambda document, path: _called(
            "nullIf", _called("JSON_VALUE", document, path), sge.Literal.string("")
        ),
    },
    "pyspark": {
        "TIMEZONE": lambda zone, moment: _called("from_utc_timestamp", moment, zone),
        "JSON_EXTRACT_STRING": lambda document, path: _called("get_json_object", document, _in_brackets(path)),
    },
}


def to_sql(table: ir.Table, engine: str = "duckdb") -> str:
    """Write an expression in the SQL of an engine: ``duckdb``, ``clickhouse`` or ``pyspark``."""
    compiler = _compilers()[engine]()
    called = CALLED[engine]

    def translated(node: sge.Expression) -> sge.Expression:
        words = called.get(node.name.upper()) if isinstance(node, sge.Anonymous) else None
        return words(*node.expressions) if words else node

    tree = compiler.to_sqlglot(table)
    return str((tree.transform(translated) if called else tree).sql(compiler.dialect))


def _compilers() -> dict[str, type]:
    from ibis.backends.sql import compilers

    return {
        "duckdb": compilers.DuckDBCompiler,
        "clickhouse": compilers.ClickHouseCompiler,
        "pyspark": compilers.PySparkCompiler,
    }


def _called(name: str, *values: sge.Expression) -> sge.Expression:
    return sge.Anonymous(this=name, expressions=[value.copy() for value in values])


def _in_brackets(path: sge.Expression) -> sge.Expression:
    """A JSON path as Spark reads it: $['a']['b'] for $."a"."b"."""
    names = path.name.removeprefix("$").strip('."').split('"."')
    return sge.Literal.string("$" + "".join(f"['{name}']" for name in names))
