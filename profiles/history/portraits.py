"""Portraits in columns: one a trait, numbers as numbers."""

from . import engine

KINDS = """
    SELECT key, bool_and(kind IN ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT', 'NULL')),
        bool_and(kind IN ('BOOLEAN', 'NULL'))
    FROM (
        SELECT DISTINCT key, json_type(traits, '$."' || key || '".value') AS kind
        FROM (SELECT traits, unnest(json_keys(traits)) AS key FROM {source} USING SAMPLE 20000)
    )
    WHERE kind IS NOT NULL GROUP BY key ORDER BY key
"""


def portrait_columns(connection: engine.Connection, source: str) -> str:
    """Return the SQL of a column for every trait that any portrait has."""
    columns = []
    for key, is_number, is_flag in connection.execute(
        KINDS.format(source=source)
    ).fetchall():
        said = f"json_extract_string(traits, '$.\"{key}\".value')"
        kind = "DOUBLE" if is_number else "BOOLEAN" if is_flag else None
        columns.append(f'{f"CAST({said} AS {kind})" if kind else said} AS "{key}"')
    return "".join(f", {column}" for column in columns)
