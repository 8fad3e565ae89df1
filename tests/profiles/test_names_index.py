"""Names are found through their index, whose rows cost little: PostgreSQL puts the
folding into the statement instead of calling it.
"""

import pytest
from django.db import connection

from profiles.customer_search import search
from profiles.models import Customer

pytestmark = pytest.mark.django_db
ASKED = """
    EXPLAIN (VERBOSE) SELECT id FROM profiles_customer
    WHERE (first_name <> '' OR last_name <> '')
        AND profiles_name_words(first_name, last_name) @@ profiles_name_query('mull')
"""


def test_folding_is_part_of_the_statement_and_the_index_is_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(ASKED)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "customer_name_words" in plan
    assert "profiles_name_words(" not in plan
    assert "profiles_folded(" not in plan


def test_names_are_found_whatever_case_accents_and_order() -> None:
    names = [("Jürgen", "Müller-Ærø"), ("", "Straße"), ("Ann", "")]
    for n, (first, last) in enumerate(names):
        Customer.objects.create(external_id=f"c{n}", first_name=first, last_name=last)
    found = {
        said: "".join(one.external_id for one in search(Customer.objects.all(), said))
        for said in ("mull jurg", "AERO", "strass", "ann", "anne")
    }
    assert found == {
        "mull jurg": "c0",
        "AERO": "c0",
        "strass": "c1",
        "ann": "c2",
        "anne": "",
    }
