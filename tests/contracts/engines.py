"""What other engines than DuckDB are asked: to understand every word of an expression."""

import ibis.expr.types as ir
import sqlglot
from ibis.backends.sql.compilers import ClickHouseCompiler, PySparkCompiler
from ibis.config import Config
from sqlglot import expressions as sge

from profiles.history.dialects import to_sql

OTHERS = {"clickhouse": ClickHouseCompiler.dialect, "pyspark": PySparkCompiler.dialect}
# Functions that the parser has no meaning of its own for and the engine has: each was
# run once there (decision 15). ``as_of`` is the moment, put in when a rule runs.
KNOWN = {
    "clickhouse": {
        "accuratecastornull",
        "addseconds",
        "as_of",
        "extractgroups",
        "isnotnull",
        "isnull",
        "json_value",
        "laginframe",
        "notempty",
        "parsedatetimebesteffort",
        "quantileexactexclusive",
        "replaceregexpall",
        "timezoneoffset",
        "todate",
        "todatetime64",
        "todayofmonth",
        "todayofweek",
        "tohour",
        "tomonth",
        "tonullable",
        "torelativesecondnum",
        "totimezone",
        "tounixtimestamp64micro",
        "toyear",
    },
    "pyspark": {"as_of", "from_utc_timestamp", "get_json_object"},
}


class SparkOptions(Config):
    """Spark's compiler asks for an option that only an installed Spark declares."""

    treat_nan_as_null: bool = False


def unknown_words(table: ir.Table, engine: str) -> set[str]:
    """Compile for an engine and return the functions in it that the engine has not."""
    tree = sqlglot.parse_one(to_sql(table, engine), dialect=OTHERS[engine])
    return {node.name.lower() for node in tree.find_all(sge.Anonymous)} - KNOWN[engine]
