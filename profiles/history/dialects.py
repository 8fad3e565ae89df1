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
            "addSeconds",
            moment,
            _called("timeZoneOffset", _called("toTimeZone", moment, zone)),
        ),
        # not 0: NULL
        "LAGINFRAME": lambda value, *more: _called(
            "lagInFrame", _called("toNullable", value), *more
        ),
        "EPOCH": lambda moment: _millionths(
            _called(
                "toUnixTimestamp64Micro",
                _called("toDateTime64", moment, sge.Literal.number(6)),
            )
        ),
        "JSON_EXTRACT_STRING": lambda document, path: _called(
            "nullIf", _called("JSON_VALUE", document, path), sge.Literal.string("")
        ),
    },
    "pyspark": {
        "TIMEZONE": lambda zone, moment: _called("from_utc_timestamp", moment, zone),
        "EPOCH": lambda moment: _millionths(_called("unix_micros", moment)),
        "JSON_EXTRACT_STRING": lambda document, path: _called(
            "get_json_object", document, _in_brackets(path)
        ),
    },
}


def to_sql(table: ir.Table, engine: str = "duckdb") -> str:
    """Write an expression in the SQL of an engine: ``duckdb``, ``clickhouse`` or
    ``pyspark``.
    """
    compiler = _compilers()[engine]()
    called = CALLED[engine]

    def translated(node: sge.Expression) -> sge.Expression:
        if isinstance(node, sge.JSONExtractScalar):
            return _quoted(node)
        words = (
            called.get(node.name.upper()) if isinstance(node, sge.Anonymous) else None
        )
        return words(*node.expressions) if words else node

    return str(compiler.to_sqlglot(table).transform(translated).sql(compiler.dialect))


def _compilers() -> dict[str, type]:
    # loads every dialect of SQL: only rules in another dialect pay
    from ibis.backends.sql import compilers

    return {
        "duckdb": compilers.DuckDBCompiler,
        "clickhouse": compilers.ClickHouseCompiler,
        "pyspark": compilers.PySparkCompiler,
    }


def _called(name: str, *values: sge.Expression) -> sge.Expression:
    return sge.Anonymous(this=name, expressions=[value.copy() for value in values])


def _millionths(whole: sge.Expression) -> sge.Expression:
    return sge.Paren(
        this=sge.Div(this=whole, expression=sge.Literal.number("1000000.0"), typed=True)
    )


def _quoted(found: sge.JSONExtractScalar) -> sge.Expression:
    """The same with its path as an SQL string: sqlglot writes a path as it is, and a
    quote in a name would end it.
    """
    path = found.expression.sql("duckdb")[1:-1]
    return _called("json_extract_string", found.this, sge.Literal.string(path))


def _in_brackets(path: sge.Expression) -> sge.Expression:
    """A JSON path as Spark reads it: $['a']['b'] for $."a"."b"."""
    names = path.name.removeprefix("$").strip('."').split('"."')
    return sge.Literal.string("$" + "".join(f"['{name}']" for name in names))
