"""Files as programs and people really write them: odd headers, stray quotes, strange
types, words without end.
"""

import random
import string
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from django.core.management import call_command

from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from profiles.intake.sources import source_stats
from profiles.models import Customer, Event, Item, QuarantinedRow
from retention_site.lib.commands import BadInput

pytestmark = pytest.mark.django_db
AT = datetime(2024, 3, 1, 9, tzinfo=UTC)
# does not pack well
ENDLESS = "".join(random.Random(1).choices(string.ascii_letters, k=25_000))


@pytest.fixture
def take(tmp_path: Path):
    def import_file(
        kind: str,
        content: str | bytes | dict[str, Any],
        name: str = "rows.csv",
        **more: Any,
    ) -> str:
        path = tmp_path / name
        if isinstance(content, dict):
            pyarrow.parquet.write_table(pa.table(content), path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        said = load(kind, path, **more)
        assert (
            said["read"]
            == said["stored"]
            + said["updated"]
            + said["duplicates"]
            + said["quarantined"]
        )
        return f"{said['stored']} stored, {said['quarantined']} bad"

    return import_file


def ids() -> set[str]:
    return set(Customer.objects.values_list("external_id", flat=True))


def events(**more: Any) -> dict[str, Any]:
    return {
        "customer_id": ["c1", "c2"],
        "type": ["view", "view"],
        "at": [AT, AT],
        **more,
    }


class TestCsv:
    def test_line_ends_of_old_macs(self, take) -> None:
        assert (
            take("customers", "customer_id,city\rc1,Bonn\rc2,\r") == "2 stored, 0 bad"
        )

    def test_a_column_whose_name_holds_a_line_break(self, take) -> None:
        assert (
            take("customers", '"customer_id","shoe\nsize"\nc1,43\nc2\n')
            == "1 stored, 1 bad"
        )
        assert Customer.objects.get().traits == {"shoe\nsize": "43"}
        assert QuarantinedRow.objects.get().line == 4

    def test_columns_without_a_name_are_left_out(self, take) -> None:
        assert (
            take("customers", "customer_id,city,,\nc1,Bonn,x,\n") == "1 stored, 0 bad"
        )
        assert Customer.objects.get().traits == {"city": "Bonn"}

    def test_columns_between_bars(self, take) -> None:
        assert (
            take("customers", "customer_id|city\nc1|Bonn, Bad Godesberg\n")
            == "1 stored, 0 bad"
        )

    def test_a_quote_that_is_never_closed_takes_its_row_alone(self, take) -> None:
        text = 'customer_id,city\n"c1","two\nlines"\nc2,"Bonn\nc3,""\nc4\nc5,"Köln"\n'.replace(
            '"Köln"', "Köln"
        )
        assert take("customers", text) == "3 stored, 2 bad"
        assert ids() == {"c1", "c3", "c5"}
        bad = QuarantinedRow.objects.order_by("line").values_list("line", "reason")
        assert list(bad) == [
            (4, "a quote that is never closed"),
            (6, "wrong number of columns"),
        ]

    def test_inches_are_no_quotes(self, take) -> None:
        assert (
            take("items", 'item_id,title\ni1,a pipe of 5"\ni2,"two\nlines"\n')
            == "2 stored, 0 bad"
        )

    def test_long_names_of_files_and_sources(self, take) -> None:
        name = "é" * 120 + ".csv"
        assert (
            take(
                "customers",
                "customer_id,signed_up_at\nc1,never\n",
                name,
                source=ENDLESS,
            )
            == "0 stored, 1 bad"
        )

    @pytest.mark.parametrize(
        "zone", ["Europe", "localtime", "posix/Europe/Berlin", "../etc/passwd"]
    )
    def test_zones_that_are_none(self, take, zone: str) -> None:
        with pytest.raises(UnreadableFile, match="no time zone"):
            take("customers", "customer_id\nc1\n", time_zone=zone)


class TestCells:
    def test_words_without_end_are_bad_alone(self, take) -> None:
        rows = [f"{ENDLESS},view,2024-03-01,,,", f"c1,{ENDLESS},2024-03-01,,,"]
        rows += [
            f"c1,view,2024-03-01,{ENDLESS[:501]},,",
            f"c1,view,2024-03-01,,{ENDLESS[:501]},",
        ]
        rows += [
            f"c1,review,2024-03-01,,,{ENDLESS}",
            f"c1,review,2024-03-01,{ENDLESS[:500]},,{ENDLESS[:20_000]}",
        ]
        rows += ["c1,view,2024-03-01,i1,,"]
        assert (
            take(
                "events",
                "customer_id,type,at,item_id,anonymous_id,text\n" + "\n".join(rows),
            )
            == "2 stored, 5 bad"
        )
        said = f"channel,customer_id,status,at,topic\nemail,c1,yes,2024-03-01,{'😀' * 200}\nemail,c1,yes,2024-03-01,"
        assert take("consents", f"{said}{ENDLESS[:201]}\n") == "1 stored, 1 bad"
        source_stats.tally()

    @pytest.mark.parametrize(
        ("said", "at"),
        [
            ("20240301T090000Z", AT),
            ("2024-03-01t09:00:00z", AT),
            ("2024-03-01 17:00:00 +0800", AT),
            ("2024-W09-5T09:00Z", AT),
            ("2024-03-01T10", AT),
            ("2024-03-01T09:00:00,000Z", AT),
            ("1709283600", None),
            ("1709283600000", None),
        ],
    )
    def test_every_spelling_of_iso_8601_and_nothing_else(
        self, take, said: str, at: datetime | None
    ) -> None:
        take(
            "events",
            f'customer_id,type,at\nc1,view,"{said}"\n',
            time_zone="Europe/Berlin",
        )
        assert list(Event.objects.values_list("at", flat=True)) == ([at] if at else [])

    def test_a_campaign_ends_before_years_have_five_digits(self, take) -> None:
        text = "campaign_id,name,starts_at,ends_at\nm1,Spring,2024-03-01,20024-03-01\nm2,Fall,2024-03-01,2024-03-09\n"
        assert take("campaigns", text) == "1 stored, 1 bad"


class TestParquet:
    def test_text_of_every_kind(self, take) -> None:
        kinds = pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()
        for n, kind in enumerate(kinds):
            cells = pa.array([f" 张{n} ", f"a\0{n}"]).cast(kind)
            assert (
                take("events", events(customer_id=cells), f"{n}.parquet")
                == "1 stored, 1 bad"
            )
        assert ids() == {f"张{n}" for n in range(len(kinds))}

    def test_whole_numbers_beside_empty_cells_stay_whole(self, take) -> None:
        numbers = pa.array([1042.0, float("nan")])
        assert (
            take("events", events(item_id=numbers, customer_id=pa.array([7.0, 7.5])))
            == "2 stored, 0 bad"
        )
        assert set(Event.objects.values_list("item_id", flat=True)) == {"1042", None}
        assert ids() == {"7", "7.5"}

    def test_numbers_of_every_kind(self, take) -> None:
        exact = pa.array([Decimal("1.23"), None], pa.decimal256(60, 2))
        assert (
            take("events", events(price=exact, quantity=np.array([2, 1], np.float16)))
            == "2 stored, 0 bad"
        )
        assert Event.objects.filter(price=Decimal("1.23"), quantity=2).exists()

    def test_what_no_json_can_say_is_left_out_or_bad(self, take) -> None:
        plain = pa.array([float("nan"), 1.5])
        assert (
            take("events", events(score=plain, on=[date(2024, 3, 1)] * 2))
            == "2 stored, 0 bad"
        )
        nested = pa.array([{"k": float("inf")}, {"k": 1.0}])
        assert (
            take("events", events(score=nested), "nested.parquet") == "1 stored, 1 bad"
        )

    def test_categories_as_lists_of_levels(self, take) -> None:
        levels = pa.array([["Home", "Tea"], None])
        assert (
            take("items", {"item_id": ["i1", "i2"], "category": levels})
            == "2 stored, 0 bad"
        )
        assert set(Item.objects.values_list("category", flat=True)) == {"Home>Tea", ""}


@pytest.mark.parametrize(
    "words",
    [["portrait", "a\udcff"], ["key", "create", "--scope=read", "--name", ENDLESS]],
)
def test_arguments_that_are_none(words: list[str]) -> None:
    with pytest.raises(BadInput):
        call_command(*words)


def test_a_country_that_is_no_code_spoils_no_number(take) -> None:
    text = "customer_id,phone,country\nc1,+49 30 1234567,Germany\nc2,030 1234567,DE\n"
    assert take("customers", text) == "2 stored, 0 bad"


def test_rows_of_one_id_add_up_as_files_of_their_own_would(take) -> None:
    text = "customer_id,email,region,size,vip\nc1,a@example.com,east,43,no\nc2,,,,\nc1,,west,,yes\nc1,,,,\n"
    assert take("customers", text) == "2 stored, 0 bad"
    first = Customer.objects.get(external_id="c1")
    assert (first.email, first.region, first.traits) == (
        "a@example.com",
        "west",
        {"size": "43", "vip": "yes"},
    )
    assert take("customers", text) == "0 stored, 0 bad"
