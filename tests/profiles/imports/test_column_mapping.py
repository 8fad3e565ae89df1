"""Somebody else's columns become ours: written down, suggested, recognised, saved."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from django.core.management import call_command

from profiles.intake.column_mapping.export_layouts import KNOWN
from profiles.intake.column_mapping.known_exports import recognised
from profiles.intake.column_mapping.spec import BadMapping, ColumnMapping
from profiles.intake.column_mapping.suggestions import by_name, missing, suggested
from profiles.intake.import_preview import preview
from profiles.intake.imports import load
from profiles.models import Consent, Customer, Event, Item, QuarantinedRow, SavedMapping
from retention_site.lib.commands import BadInput

pytestmark = pytest.mark.django_db

EXPORTS = Path(__file__).parent / "exports"
SHOPIFY_ORDERS = (EXPORTS / "shopify_orders.csv").read_text()
SHOPIFY_CUSTOMERS = (EXPORTS / "shopify_customers.csv").read_text()
MAILCHIMP = (EXPORTS / "mailchimp.csv").read_text()
MAILCHIMP_GONE = (EXPORTS / "mailchimp_gone.csv").read_text()
KLAVIYO = (EXPORTS / "klaviyo.csv").read_text()
WOO_PRODUCTS = (EXPORTS / "woo_products.csv").read_text()


def written(tmp_path: Path, text: str, name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def header(text: str) -> list[str]:
    return text.splitlines()[0].split(",")


def way(text: str, kind: str, export: str = "") -> ColumnMapping:
    return next(
        one.mapping
        for one in suggested(header(text))
        if one.kind == kind and (export in one.export if export else one.export)
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (SHOPIFY_ORDERS, ["Shopify: orders"]),
        (
            SHOPIFY_CUSTOMERS,
            [
                "Shopify: customers",
                "Shopify: e-mail consents of customers",
                "Shopify: SMS consents of customers",
            ],
        ),
        (
            MAILCHIMP,
            ["Mailchimp: contacts", "Mailchimp: consents of subscribed contacts"],
        ),
        (
            KLAVIYO,
            ["Klaviyo: profiles", "Klaviyo: e-mail consents", "Klaviyo: SMS consents"],
        ),
        (WOO_PRODUCTS, ["WooCommerce: products"]),
    ],
)
def test_exports_are_known_by_their_headers(text: str, names: list[str]) -> None:
    assert [one.name for one, _mapping in recognised(header(text))] == names
    capitals = [one.upper() for one in header(text)]
    assert [one.name for one, _mapping in recognised(capitals)] == names


@pytest.mark.parametrize("export", KNOWN, ids=lambda one: one.name)
def test_every_known_export_is_a_mapping(export) -> None:
    read = ColumnMapping.read(export.mapping)
    assert ColumnMapping.read(read.as_json()) == read


def test_orders_of_shopify_count_what_was_kept_in_the_money_it_was_paid_in(
    tmp_path,
) -> None:
    path = written(tmp_path, SHOPIFY_ORDERS)
    mapping = way(SHOPIFY_ORDERS, "events")
    foreseen = preview("events", path, "shop", mapping=mapping)
    answer = load("events", path, "shop", mapping=mapping)
    assert (foreseen["new"], foreseen["left_out"], foreseen["refused"]) == (2, 3, 0)
    assert (answer["stored"], answer["left_out"], answer["quarantined"]) == (2, 3, 0)
    assert answer["read"] == 5
    lines = Event.objects.order_by("item_id").values_list(
        "order_id", "item_id", "quantity", "price", "currency", "coupon_code"
    )
    assert [(*one[:2], float(one[2]), float(one[3]), *one[4:]) for one in lines] == [
        ("#1001", "BR-1", 2.0, 2.5, "EUR", "SPRING"),
        ("#1001", "Wine", 1.0, 7.5, "EUR", "SPRING"),
    ]
    again = load("events", path, "shop", mapping=mapping)
    assert (again["stored"], again["duplicates"], again["left_out"]) == (0, 2, 3)


def test_what_an_order_says_once_reaches_over_batches(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("profiles.intake.files.csv_rows.BLOCK_BYTES", 700)
    load(
        "events",
        written(tmp_path, SHOPIFY_ORDERS),
        mapping=way(SHOPIFY_ORDERS, "events"),
    )
    assert set(Event.objects.values_list("currency", flat=True)) == {"EUR"}


def test_customers_and_consents_come_out_of_one_file(tmp_path) -> None:
    path = written(tmp_path, SHOPIFY_CUSTOMERS)
    load("customers", path, mapping=way(SHOPIFY_CUSTOMERS, "customers"))
    consents = way(SHOPIFY_CUSTOMERS, "consents", "e-mail")
    assert missing(consents) == ["at"]
    whole = consents.as_json()
    whole["fixed"]["at"] = "2024-03-01T00:00:00Z"
    load("consents", path, mapping=ColumnMapping.read(whole))
    jo = Customer.objects.get(external_id="71001")
    assert (jo.email, jo.region, jo.country, jo.traits) == (
        "jo@post.example",
        "Berlin",
        "DE",
        {"Tags": "vip"},
    )
    said = Consent.objects.order_by("customer__external_id").values_list(
        "customer__external_id", "channel", "status"
    )
    assert list(said) == [
        ("71001", "email", "granted"),
        ("71002", "email", "withdrawn"),
    ]


def test_mailchimp_and_klaviyo_bring_people_and_what_they_agreed_to(tmp_path) -> None:
    for n, (text, kind) in enumerate(
        [
            (MAILCHIMP, "customers"),
            (MAILCHIMP, "consents"),
            (MAILCHIMP_GONE, "consents"),
            (KLAVIYO, "customers"),
        ]
    ):
        load(kind, written(tmp_path, text, f"{n}.csv"), mapping=way(text, kind))
    load(
        "consents",
        written(tmp_path, KLAVIYO, "sms.csv"),
        mapping=way(KLAVIYO, "consents", "SMS"),
    )
    assert set(Customer.objects.values_list("email", flat=True)) == {
        "ada@post.example",
        "bo@post.example",
    }
    said = Consent.objects.order_by("at").values_list(
        "customer__external_id", "channel", "status"
    )
    assert list(said) == [
        ("ada@post.example", "email", "granted"),
        ("bo@post.example", "sms", "granted"),
        ("ada@post.example", "email", "withdrawn"),
    ]


def test_products_that_are_no_longer_shown_are_left_out(tmp_path) -> None:
    answer = load(
        "items", written(tmp_path, WOO_PRODUCTS), mapping=way(WOO_PRODUCTS, "items")
    )
    assert (answer["stored"], answer["left_out"]) == (2, 1)
    items = Item.objects.order_by("external_id").values_list(
        "external_id", "title", "price", "available"
    )
    assert [(one[0], one[1], float(one[2]), one[3]) for one in items] == [
        ("9", "Vinegar", 4.0, False),
        ("OIL-1", "Olive oil", 8.5, True),
    ]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_mapping_reads_every_kind_of_file(tmp_path, ending: str) -> None:
    path = tmp_path / f"people.{ending}"
    text = "Nr,Mail,Joined\n1,a@post.example,2024-01-02\n2,,2024-01-03\n"
    if ending == "csv":
        path.write_text(text)
    elif ending == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        table = pa.table(
            {
                "Nr": [1, 2],
                "Mail": ["a@post.example", None],
                "Joined": ["2024-01-02", "2024-01-03"],
            }
        )
        pyarrow.parquet.write_table(table, path)
    mapping = ColumnMapping.read(
        {
            "kind": "customers",
            "columns": {"customer_id": "Nr", "email": "Mail", "signed_up_at": "Joined"},
            "fixed": {"country": "DE"},
        }
    )
    assert load("customers", path, mapping=mapping)["stored"] == 2
    assert list(
        Customer.objects.order_by("external_id").values_list("external_id", "country")
    ) == [
        ("1", "DE"),
        ("2", "DE"),
    ]


def test_a_bad_row_is_kept_under_our_names_and_can_be_put_right(tmp_path) -> None:
    path = written(tmp_path, "Nr,Mail\n1,nonsense\n")
    mapping = {"kind": "customers", "columns": {"customer_id": "Nr", "email": "Mail"}}
    load("customers", path, mapping=ColumnMapping.read(mapping))
    bad = QuarantinedRow.objects.get()
    assert bad.column == "email"
    assert bad.row == {"customer_id": "1", "email": "nonsense"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], "must be an object"),
        ({"kind": "horses"}, "no kind 'horses'"),
        ({"kind": "customers", "columns": {"hat": "A"}}, "no column 'hat'"),
        ({"kind": "customers", "columns": {"email": 3}}, "must name a column"),
        ({"kind": "customers", "columns": {"email": []}}, "must name a column"),
        ({"kind": "customers", "columnz": {}}, "has no 'columnz'"),
        (
            {"kind": "customers", "columns": {"email": "A"}, "fixed": {"email": "b"}},
            "under columns and under fixed",
        ),
        ({"kind": "customers", "fixed": {"email": "\0"}}, "must be a text"),
        ({"kind": "customers", "leave_out": [{"is": ["x"]}]}, "leave_out.column"),
        ({"kind": "customers", "leave_out": {"a": 1}}, "must be a list"),
        ({"kind": "customers", "carry": {"by": "A", "columns": []}}, "carry.columns"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused_in_a_sentence(
    said, words: str
) -> None:
    with pytest.raises(BadMapping, match=words):
        ColumnMapping.read(said)


def test_a_mapping_of_columns_that_the_file_lacks_is_refused(tmp_path) -> None:
    mapping = {"kind": "customers", "columns": {"customer_id": "No such"}}
    with pytest.raises(BadMapping, match="no column 'No such'"):
        load(
            "customers",
            written(tmp_path, "Nr\n1\n"),
            mapping=ColumnMapping.read(mapping),
        )


def test_the_command_takes_a_file_or_a_saved_name(tmp_path, capsys) -> None:
    whole = {"kind": "customers", "columns": {"customer_id": "Nr"}}
    path = written(tmp_path, "Nr,Hat\n1,red\n")
    file = tmp_path / "mapping.yaml"
    file.write_text(yaml.safe_dump(whole))
    call_command(
        "import_data", "customers", str(path), "--mapping", str(file), "--json"
    )
    assert json.loads(capsys.readouterr().out)["stored"] == 1
    SavedMapping.objects.create(name="till list", mapping=whole)
    call_command(
        "import_data", "customers", str(path), "--mapping", "till list", "--json"
    )
    assert json.loads(capsys.readouterr().out)["duplicates"] == 1
    with pytest.raises(BadInput, match="till list"):
        call_command("import_data", "customers", str(path), "--mapping", "other")
    with pytest.raises(BadInput, match="for customers, not for items"):
        call_command("import_data", "items", str(path), "--mapping", "till list")


def test_names_suggest_columns_in_several_languages() -> None:
    people = by_name(
        "customers", ["Kundennummer", "E-Mail", "Vorname", "手机号", "Hat"]
    )
    assert people.columns == {
        "customer_id": ("Kundennummer",),
        "email": ("E-Mail",),
        "first_name": ("Vorname",),
        "phone": ("手机号",),
    }
    sales = suggested(
        ["Invoice No", "SKU", "Qty", "Unit Price", "Order Date", "Customer ID"]
    )
    assert sales[0].kind == "events"
    assert (sales[0].mapping.fixed, sales[0].missing) == ({"type": "purchase"}, [])


def test_an_address_may_be_the_id_where_a_file_has_no_other() -> None:
    assert by_name("customers", ["Email", "Name"]).columns["customer_id"] == ("Email",)
