"""Customers are found by their names: whatever case and accents, from the beginning of any word.

pg_trgm and unaccent are not on every server, so the words are folded by PostgreSQL's own functions into an index that
finds beginnings of words. Names are split at what is neither letter nor digit. Addresses and phones are found by their
beginnings through indexes of pattern operators, which serve equality as before.
"""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Lower

FOLDED = r"""
    CREATE FUNCTION profiles_folded(said text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT btrim(regexp_replace(translate(replace(replace(replace(lower(
            regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g')
        ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđıð', 'oldid'), '[^[:alnum:]]+', ' ', 'g'))
    $$
"""
NAME_WORDS = """
    CREATE FUNCTION profiles_name_words(first_name text, last_name text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_to_tsvector(string_to_array(profiles_folded(first_name || ' ' || last_name), ' '))
    $$
"""
NAME_QUERY = """
    CREATE FUNCTION profiles_name_query(said text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT string_agg('''' || word || ''':*', ' & ')::tsquery
        FROM unnest(string_to_array(profiles_folded(said), ' ')) AS word
    $$
"""
INDEX = """
    CREATE INDEX customer_name_words ON profiles_customer USING gin (profiles_name_words(first_name, last_name))
    WHERE first_name <> '' OR last_name <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0015_prices_with_or_without_tax")]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION profiles_folded(text)"),
        migrations.RunSQL(NAME_WORDS, "DROP FUNCTION profiles_name_words(text, text)"),
        migrations.RunSQL(NAME_QUERY, "DROP FUNCTION profiles_name_query(text)"),
        migrations.RunSQL(INDEX, "DROP INDEX customer_name_words"),
        migrations.RemoveIndex("customer", "customer_email_lower"),
        migrations.RemoveIndex("customer", "customer_phone"),
        migrations.AddIndex(
            "customer",
            models.Index(
                OpClass(Lower("email"), "text_pattern_ops"),
                name="customer_email_lower",
                condition=~models.Q(email=""),
            ),
        ),
        migrations.AddIndex(
            "customer",
            models.Index(
                fields=["phone"],
                name="customer_phone",
                condition=~models.Q(phone=""),
                opclasses=["text_pattern_ops"],
            ),
        ),
    ]
