"""Files come in: cleaned, counted, stored once, bad rows kept."""

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from django.core.management import call_command

from profiles.intake.files import reading
from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from profiles.models import Consent, Customer, Event, Identity, Item, QuarantinedRow
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput

pytestmark = pytest.mark.django_db

EVENTS = """customer_id,type,at,item_id,order_id,quantity,price,discount,currency,store
c1,purchase,2024-03-01T10:00:00+01:00,i1,o1,2,1.50,0.20,eur,north
c1,Purchase,2024-03-01 10:00:00,i2,o1,-1,3.00,,EUR,north
c2,search,2024-03-02T08:00:00Z,,,,,,,
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write_file


def counts(answer: dict) -> tuple[int, int, int, int, int]:
    return tuple(
        answer[name]
        for name in ("read", "stored", "updated", "duplicates", "quarantined")
    )


class TestEvents:
    def test_rows_are_cleaned_and_stored(self, write) -> None:
        assert counts(load("events", write(EVENTS), time_zone="Europe/Berlin")) == (
            3,
            3,
            0,
            0,
            0,
        )
        first, second, third = Event.objects.order_by("at", "item_id")
        assert first.at == second.at == datetime(2024, 3, 1, 9, tzinfo=UTC)
        assert (first.type, first.quantity, first.price, first.currency) == (
            "purchase",
            2,
            Decimal("1.5"),
            "EUR",
        )
        assert first.properties == {"store": "north"}
        assert (second.type, second.quantity, second.discount) == ("return", -1, None)
        assert (third.type, third.quantity, third.properties, third.item_id) == (
            "search",
            None,
            None,
            None,
        )
        assert {c.external_id for c in Customer.objects.all()} == {"c1", "c2"}
        assert {i.external_id for i in Item.objects.all()} == {"i1", "i2"}

    def test_the_same_file_twice_stores_nothing(self, write) -> None:
        path = write(EVENTS)
        load("events", path)
        assert counts(load("events", path)) == (3, 0, 0, 3, 0)

    def test_two_equal_rows_of_a_file_stay_two(self, write) -> None:
        row = "c1,purchase,2024-03-01T10:00Z\n"
        assert counts(load("events", write("customer_id,type,at\n" + row + row))) == (
            2,
            2,
            0,
            0,
            0,
        )

    def test_an_event_id_is_stored_once_whatever_file_it_stands_in(self, write) -> None:
        load(
            "events",
            write(
                "customer_id,type,at,event_id\nc1,view,2024-03-01,e1\nc1,view,2024-03-01,e2\n"
            ),
        )
        other = write(
            "event_id,customer_id,type,at\ne2,c1,view,2024-03-01\ne3,c1,view,2024-03-01\ne3,c1,view,2024-03-01\n"
        )
        assert counts(load("events", other)) == (3, 1, 0, 2, 0)

    def test_gzip_and_plain_are_the_same_file(self, write, tmp_path: Path) -> None:
        load("events", write(EVENTS))
        packed = tmp_path / "rows.csv.gz"
        packed.write_bytes(gzip.compress(EVENTS.encode()))
        assert counts(load("events", packed)) == (3, 0, 0, 3, 0)

    def test_parquet_keeps_its_types(self, tmp_path: Path) -> None:
        at = datetime(2024, 3, 1, 9, tzinfo=UTC)
        table = pa.table(
            {
                "customer_id": pa.array([7, 8], pa.int64()),
                "type": pa.array(["purchase", "view"]).dictionary_encode(),
                "at": pa.array([at, None], pa.timestamp("us", "UTC")),
                "price": pa.array([0.1, float("nan")]),
                "n_seen": pa.array([3, 4], pa.int32()),
            }
        )
        pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
        answer = load("events", tmp_path / "rows.parquet")
        assert counts(answer) == (2, 1, 0, 0, 1)
        event = Event.objects.get()
        assert (event.customer.external_id, event.at, event.price) == (
            "7",
            at,
            Decimal("0.1"),
        )
        assert (event.quantity, event.properties) == (1, {"n_seen": 3})
        assert list(QuarantinedRow.objects.values_list("line", "column", "reason")) == [
            (2, "at", "missing")
        ]

    def test_bad_rows_go_to_quarantine_with_line_column_and_reason(self, write) -> None:
        ahead = (now() + timedelta(minutes=10)).isoformat()
        near = (now() + timedelta(minutes=3)).isoformat()
        rows = [
            ("c1,view,2024-02-30,1,EUR", "at", "impossible date"),
            ("c1,view,yesterday,1,EUR", "at", "not a time"),
            ("c1,view,0001-01-01,1,EUR", "at", "impossible date"),
            (f"c1,view,{ahead},1,EUR", "at", "future time"),
            (f"c1,view,{near},1,EUR", None, None),
            (",view,2024-02-01,1,EUR", "customer_id", "missing"),
            ("c1,,2024-02-01,1,EUR", "type", "missing"),
            ("c1,view,2024-02-01,one,EUR", "price", "not a number"),
            ("c1,view,2024-02-01,NaN,EUR", "price", "not a number"),
            ("c1,view,2024-02-01,1e999,EUR", "price", "not a number"),
            ("c1,view,2024-02-01,1,EURO", "currency", "unknown currency"),
            ("c1,view,2024-02-01,1", "", "wrong number of columns"),
            ("c1,view,2024-02-01,1,EUR,what", "", "wrong number of columns"),
            ('c1,"vi\new",2024-02-01,1,EUR', None, None),
            ("c\0,view,2024-02-01,1,EUR", "customer_id", "forbidden character"),
        ]
        answer = load(
            "events",
            write(
                "customer_id,type,at,price,currency\n"
                + "\n".join(row for row, *_ in rows)
            ),
        )
        expected, line = [], 2
        for row, column, reason in rows:
            if reason:
                expected.append((line, column, reason))
            line += 1 + row.count("\n")
        stored = QuarantinedRow.objects.order_by("line").values_list(
            "line", "column", "reason"
        )
        assert list(stored) == expected
        assert counts(answer) == (15, 2, 0, 0, 13)
        assert answer["reasons"]["impossible date"] == 2
        with Path(answer["quarantine"]).open() as file:
            kept = list(csv.DictReader(file))
        assert [
            (int(one["line"]), one["column"], one["reason"]) for one in kept
        ] == expected
        assert json.loads(kept[0]["row"])["at"] == "2024-02-30"

    def test_a_row_that_is_no_utf8_is_bad_and_its_neighbours_are_not(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "rows.csv"
        path.write_bytes(
            b"customer_id,type,at\nc1,view,2024-01-01\nc2,caf\xe9,2024-01-01\nc3,view,2024-01-01\n"
        )
        assert counts(load("events", path)) == (3, 2, 0, 0, 1)
        assert QuarantinedRow.objects.values_list("line", "column", "reason").get() == (
            3,
            "type",
            "not UTF-8",
        )

    def test_words_are_trimmed_and_composed(self, write) -> None:
        load(
            "events",
            write("customer_id,type,at,text\n\u00a0 cafe\u0301 ,view,2024-01-01,  \n"),
        )
        event = Event.objects.get()
        assert (event.customer.external_id, event.text) == ("caf\u00e9", None)

    def test_blank_lines_are_no_rows(self, write) -> None:
        text = "customer_id,type,at\n\nc1,view,2024-01-01\n\nc1,view,2024-02-31\n,,\n"
        assert counts(load("events", write(text))) == (2, 1, 0, 0, 1)
        assert QuarantinedRow.objects.get().line == 5

    def test_a_stopped_import_is_completed_by_the_next(
        self, write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("profiles.intake.files.csv_rows.BLOCK_BYTES", 3000)
        rows = "".join(
            f"c{n % 7},purchase,2024-01-01T00:{n % 60:02}:00Z,i{n % 11}\n"
            for n in range(500)
        )
        path = write("customer_id,type,at,item_id\n" + rows)

        def stop(share: float) -> None:
            if share > 0.5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            load("events", path, progress=stop)
        n_first = Event.objects.count()
        assert 0 < n_first < 500
        assert counts(load("events", path)) == (500, 500 - n_first, 0, n_first, 0)
        assert Event.objects.count() == 500

    def test_anonymous_ids_lead_to_their_customers(self, write) -> None:
        text = "customer_id,type,at,anonymous_id\nc1,view,2024-01-01,a1\nc1,view,2024-01-02,a1\nc2,view,2024-01-02,\n"
        path = write(text)
        assert counts(load("events", path)) == (3, 3, 0, 0, 0)
        identity = Identity.objects.get()
        assert (identity.kind, identity.value, identity.customer.external_id) == (
            "anonymous_id",
            "a1",
            "c1",
        )
        assert counts(load("events", path)) == (3, 0, 0, 3, 0)

    def test_order_and_spelling_of_columns_do_not_matter(self, write) -> None:
        load("events", write("\ufeffAt;Customer ID;TYPE;Store\n2024-01-01;c1;view;x\n"))
        assert Event.objects.get().properties == {"Store": "x"}


class TestCustomersAndItems:
    def test_unknown_columns_become_traits(self, write) -> None:
        load(
            "customers",
            write("customer_id,email,tier,city\nc1,Ann@Shop.EXAMPLE,gold,\n"),
        )
        customer = Customer.objects.get()
        assert (customer.email, customer.traits) == (
            "Ann@shop.example",
            {"tier": "gold"},
        )

    def test_later_files_add_and_replace_but_empty_cells_take_nothing_away(
        self, write
    ) -> None:
        load(
            "customers",
            write("customer_id,email,region,tier\nc1,a@b.de,east,gold\nc2,,west,\n"),
        )
        answer = load(
            "customers",
            write(
                "customer_id,email,region,hobby\nc1,,north,chess\nc2,,west,\nc3,,,\n"
            ),
        )
        assert counts(answer) == (3, 1, 1, 1, 0)
        c1 = Customer.objects.get(external_id="c1")
        assert (c1.email, c1.region, c1.traits) == (
            "a@b.de",
            "north",
            {"tier": "gold", "hobby": "chess"},
        )

    def test_contacts_are_checked(self, write) -> None:
        text = (
            "customer_id,email,phone,country,birth_date\n"
            "c1,nobody,,,\nc2,,12,,\nc3,,0171 2345678,de,1980-02-29\n"
            "c4,,,,1981-02-29\nc5,,,,1850-01-01\nc6,x@münchen.de,,,\n"
        )
        answer = load("customers", write(text))
        assert answer["reasons"] == {"invalid e-mail": 1}
        assert answer["warnings"] == {"impossible date": 2, "invalid phone number": 1}
        assert Customer.objects.get(external_id="c3").phone == "+491712345678"
        assert Customer.objects.get(external_id="c6").email == "x@münchen.de"

    def test_the_last_row_of_an_id_counts(self, write) -> None:
        text = "customer_id,region\nc1,east\nc1,west\n"
        assert counts(load("customers", write(text))) == (2, 1, 0, 1, 0)
        assert counts(load("customers", write(text))) == (2, 0, 0, 2, 0)
        assert Customer.objects.get().region == "west"

    def test_items(self, write) -> None:
        text = "item_id,title,category,price,available,size\n"
        text += "i1,Bread, Bakery >  Bread ,2.5,no,1kg\ni2,,,,,\ni3,,,,maybe,\n"
        assert counts(load("items", write(text))) == (3, 2, 0, 0, 1)
        item = Item.objects.get(external_id="i1")
        assert (item.category, item.available, item.attributes) == (
            "Bakery>Bread",
            False,
            {"size": "1kg"},
        )
        assert Item.objects.get(external_id="i2").available

    def test_an_item_known_from_events_is_described_later(self, write) -> None:
        load("events", write(EVENTS))
        assert counts(load("items", write("item_id,title\ni1,Bread\ni9,Jam\n"))) == (
            2,
            1,
            1,
            0,
            0,
        )

    def test_columns_whose_names_differ_in_case_only_are_two_traits(
        self, write
    ) -> None:
        load("customers", write("customer_id,Tier,tier\nc1,a,b\n"))
        assert Customer.objects.get().traits == {"Tier": "a", "tier": "b"}


class TestConsents:
    def test_statements_are_kept_once(self, write) -> None:
        text = "customer_id,channel,status,at,topic,ip\n"
        text += (
            "c1,E-Mail,yes,2024-01-01,news,192.168.7.9\nc1,sms,withdrawn,2024-01-01,,\n"
        )
        path = write(text)
        assert counts(load("consents", path)) == (2, 2, 0, 0, 0)
        assert counts(load("consents", path)) == (2, 0, 0, 2, 0)
        consent = Consent.objects.get(channel="email")
        assert (consent.status, consent.topic, consent.ip, consent.source) == (
            "granted",
            "news",
            "192.168.7.0",
            "rows.csv",
        )


class TestUnreadable:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "is empty"),
            ("customer_id,at\nc1,2024-01-01\n", "has no column type"),
            ("customer_id,type,at,type\n", "names the column 'type' twice"),
            ("\0\0\0", "neither CSV"),
        ],
    )
    def test_one_sentence_says_why(self, write, text: str, words: str) -> None:
        with pytest.raises(UnreadableFile, match=words):
            load("events", write(text))

    def test_half_a_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.csv.gz"
        path.write_bytes(gzip.compress(EVENTS.encode() * 100)[:-20])
        with pytest.raises(UnreadableFile, match="not a whole gzip file"):
            load("events", path)

    def test_half_a_parquet_file(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.parquet"
        path.write_bytes(b"PAR1 and no more")
        with pytest.raises(UnreadableFile, match="not a Parquet file"):
            load("events", path)

    def test_a_header_alone_is_an_empty_shop(self, write) -> None:
        assert counts(load("events", write("customer_id,type,at"))) == (0, 0, 0, 0, 0)

    def test_the_command_exits_with_2(self, tmp_path: Path) -> None:
        for words in (
            ["events", str(tmp_path / "none.csv")],
            ["pigs", __file__],
            ["events", __file__],
        ):
            with pytest.raises(BadInput) as caught:
                call_command("import_data", *words)
            assert caught.value.returncode == 2

    def test_the_command_prints_one_json_object(self, write, capsys) -> None:
        call_command(
            "import_data", "events", str(write(EVENTS)), "--json", "--source", "till"
        )
        answer = json.loads(capsys.readouterr().out.splitlines()[-1])
        counts = (
            "read stored updated duplicates quarantined reasons warnings joined"
            " kept_apart did_you_mean"
        )
        assert set(answer) == {*f"kind file source {counts} quarantine seconds".split()}
        assert (answer["source"], answer["stored"]) == ("till", 3)
        assert Event.objects.first().source == "till"


def test_batches_are_cut_and_put_together(
    write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 10)
    rows = pa.table({"customer_id": [f"c{n}" for n in range(95)], "region": ["x"] * 95})
    pyarrow.parquet.write_table(rows, tmp_path / "rows.parquet")
    assert counts(load("customers", tmp_path / "rows.parquet")) == (95, 95, 0, 0, 0)
