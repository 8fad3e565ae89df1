"""Functions name each other by identity, not by search path: a restore, and REINDEX and
ANALYZE from PostgreSQL 17 on, run with an empty path and would not find them.

A body that is parsed when it is made (PostgreSQL 14) is bound for good and put into the
statement as before. What the functions answer stays the same, so the index stays, too.
"""

from importlib import import_module

from django.db import migrations

before = import_module("profiles.migrations.0016_customers_by_name")
NAME_WORDS = """
    CREATE OR REPLACE FUNCTION profiles_name_words(first_name text, last_name text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_to_tsvector(string_to_array(profiles_folded(first_name || ' ' || last_name), ' '))
"""
NAME_QUERY = """
    CREATE OR REPLACE FUNCTION profiles_name_query(said text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT string_agg('''' || word || ''':*', ' & ')::tsquery
        FROM unnest(string_to_array(profiles_folded(said), ' ')) AS word)
"""


def _as_before(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("profiles", "0033_backups")]

    operations = [
        migrations.RunSQL(
            NAME_WORDS, _as_before(before.NAME_WORDS).replace(" STRICT", "")
        ),
        migrations.RunSQL(NAME_QUERY, _as_before(before.NAME_QUERY)),
    ]
