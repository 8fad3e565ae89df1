"""Ids that name nobody join nobody, and one mailbox is one person: by the API and by
file.
"""

from pathlib import Path

import pytest

from profiles.identity import merge_customers
from profiles.intake.files.unreadable import UnreadableFile
from profiles.intake.imports import load
from profiles.intake.tracking import take
from profiles.models import Customer, Event, Identity, Merge, QuarantinedRow

pytestmark = pytest.mark.django_db
ZERO = "00000000-0000-0000-0000-000000000000"


def viewed(message: str, **who: object) -> dict[str, object]:
    return {"type": "track", "event": "Product Viewed", "messageId": message, **who}


@pytest.mark.parametrize(
    "nobody",
    [ZERO, ZERO.replace("-", ""), f"{{{ZERO}}}", "NULL", "(null)", "[object Object]"],
)
def test_three_addresses_behind_an_anonymous_id_of_nobody_are_three_people(
    nobody: str,
) -> None:
    names = ("ann", "bob", "cy")
    done = take(
        [
            viewed(
                name,
                anonymousId=nobody,
                context={"traits": {"email": f"{name}@post.example"}},
            )
            for name in names
        ],
        source="web",
    )
    assert not done.failed
    assert sorted(Customer.objects.known().values_list("email", flat=True)) == [
        f"{name}@post.example" for name in names
    ]
    assert not Identity.objects.filter(kind="anonymous_id").exists()


@pytest.mark.parametrize(
    "device", [ZERO, "0" * 15, "ffffffffffffffff", "02:00:00:00:00:00", "unknown"]
)
def test_strangers_with_a_device_id_of_nobody_stay_strangers(device: str) -> None:
    context = {"device": {"id": device}}
    take(
        [
            viewed("a31", anonymousId="anon-1", context=context),
            viewed("a32", anonymousId="anon-2", context=context),
            viewed("a3n", userId="named", context=context),
        ],
        source="app",
    )
    assert Customer.objects.known().count() == 3


@pytest.mark.parametrize("nobody", [ZERO, "undefined", "guest", "0"])
def test_a_user_id_of_nobody_leaves_the_anonymous_one(nobody: str) -> None:
    take([viewed("u1", userId=nobody, anonymousId="anon-7")], source="web")
    assert Customer.objects.get().external_id == "anonymous:anon-7"


def test_a_file_names_nobody_in_the_same_words(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(
        f"customer_id,first_name\n{ZERO},A\nNULL,B\n0,C\n(none),D\n1000,E\n'71001,F\n7.1E+04,G\n"
    )
    answer = load("customers", file)
    assert set(Customer.objects.values_list("external_id", flat=True)) == {
        "1000",
        "71001",
    }
    assert answer["reasons"] == {
        "missing": 4,
        "a number that a spreadsheet shortened": 1,
    }
    assert (
        QuarantinedRow.objects.filter(reason__contains="spreadsheet")
        .get()
        .row["customer_id"]
        == "7.1E+04"
    )


def test_anonymous_ids_of_a_file_that_are_nobody_tie_nobody(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "customer_id,anonymous_id,type,at\n"
        f"c1,{ZERO},view,2024-01-01\nc2,{ZERO},view,2024-01-02\nc3,undefined,view,2024-01-03\nc4,a4,view,2024-01-03\n"
    )
    assert load("events", file)["stored"] == 4
    assert [
        (one.value, one.customer.external_id)
        for one in Identity.objects.select_related("customer")
    ] == [("a4", "c4")]
    assert Event.objects.values("customer").distinct().count() == 4


def test_the_customers_export_of_a_shop_is_read_without_its_apostrophes(
    tmp_path: Path,
) -> None:
    """Shopify's own export: ids, postcodes and both phones carry one, so that a sheet
    keeps them texts.
    """
    file = tmp_path / "export.csv"
    file.write_text(
        "\ufeffCustomer ID,First\u00a0Name,Email,Default Address Zip,Default Address"
        " Phone,Phone\n"
        "'71001,Jo,c1jo@post.example,'01067,'+493090182001,'+493090182001\n"
        "'71002,Al,c1al@post.example,'10115,,\n"
    )
    assert load("customers", file)["stored"] == 2
    take(
        [{"type": "identify", "userId": 71001, "traits": {"lastName": "Baker"}}],
        source="shopify",
    )
    jo = Customer.objects.get(external_id="71001")
    assert (jo.phone, jo.first_name, jo.last_name) == ("+493090182001", "Jo", "Baker")
    assert jo.traits == {
        "Default Address Zip": "01067",
        "Default Address Phone": "+493090182001",
    }
    assert Customer.objects.count() == 2


TWINS = (
    "customer_id,first_name,email\nf5,Twin,Twin@Post.example\nf6,,twin@post.example\n"
)


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_file_joins_by_address_as_the_api_does(tmp_path: Path) -> None:
    take(
        [
            {
                "type": "track",
                "event": "Shop Opened",
                "context": {"traits": {"email": "TWIN@post.example"}},
            }
        ],
        source="web",
    )
    answer = load("customers", written(tmp_path, TWINS))
    assert (answer["stored"], answer["joined"], answer["kept_apart"]) == (2, 2, {})
    (person,) = Customer.objects.known()
    assert (person.external_id, person.first_name) == ("f5", "Twin")
    again = load("customers", written(tmp_path, TWINS))
    assert (again["duplicates"], again["joined"]) == (2, 0)


def test_a_later_file_says_what_was_borrowed_anew(tmp_path: Path) -> None:
    """What joined customers show of each other never hides what a file says of one of
    them.
    """
    load(
        "customers",
        written(
            tmp_path,
            "customer_id,email,region,tier\nf5,a@b.de,,\nf6,a@b.de,east,gold\n",
        ),
    )
    assert Customer.objects.known().get().region == "east"
    load(
        "customers",
        written(
            tmp_path,
            "customer_id,region,tier\nf5,west,\nf6,north,silver\n",
            "later.csv",
        ),
    )
    head = Customer.objects.known().get()
    assert (head.external_id, head.region, head.traits) == (
        "f5",
        "west",
        {"tier": "silver"},
    )
    take(
        [{"type": "identify", "userId": "f5", "traits": {"lastName": "B"}}],
        source="web",
    )
    head.refresh_from_db()
    assert (head.region, head.last_name) == ("west", "B")


def test_a_file_says_whom_it_did_not_join(tmp_path: Path, settings) -> None:
    many = "".join(f"m{n},all@post.example\n" for n in range(8))
    answer = load("customers", written(tmp_path, f"customer_id,email\n{many}"))
    assert (answer["joined"], answer["kept_apart"]) == (
        0,
        {"more than 5 customers share the address": 8},
    )
    settings.JOIN_ACCOUNTS_BY = []
    answer = load("customers", written(tmp_path, TWINS))
    assert (answer["joined"], list(answer["kept_apart"].values())) == (0, [1])
    assert Customer.objects.known().count() == 10


def test_whom_a_person_took_apart_no_file_joins(tmp_path: Path) -> None:
    load("customers", written(tmp_path, TWINS))
    merge_customers.undo(Merge.objects.get())
    assert load("customers", written(tmp_path, TWINS))["joined"] == 0
    assert Customer.objects.known().count() == 2


def test_an_address_that_many_rows_name_costs_no_time(tmp_path: Path) -> None:
    many = "".join(f"m{n},noreply@post.example\n" for n in range(20_000))
    answer = load("customers", written(tmp_path, f"customer_id,email\n{many}"))
    assert (answer["joined"], sum(answer["kept_apart"].values())) == (0, 20_000)


GUESTS = (
    "customer_id,anonymous_id,email,type,at,order_id,price\n"
    "c1,,,purchase,2024-01-01,o1,5\n"
    ",till-1,,purchase,2024-01-02,o2,6\n"
    ",till-1,,purchase,2024-01-03,o3,7\n"
    ",,Guest@Post.example,purchase,2024-01-04,o4,8\n"
    ",0,null,purchase,2024-01-05,o5,9\n"
    ",,,purchase,2024-01-06,o6,9\n"
)


def test_guests_of_a_file_are_taken_in(tmp_path: Path) -> None:
    answer = load("events", written(tmp_path, GUESTS))
    assert (answer["stored"], answer["reasons"]) == (4, {"missing": 2})
    whose = Event.objects.order_by("at").values_list("customer__external_id", flat=True)
    assert list(whose) == [
        "c1",
        "anonymous:till-1",
        "anonymous:till-1",
        "guest:guest@post.example",
    ]
    assert (
        Customer.objects.get(external_id="guest:guest@post.example").email
        == "Guest@post.example"
    )
    assert load("events", tmp_path / "rows.csv")["duplicates"] == 4


@pytest.mark.parametrize("door", ["file", "login"])
def test_a_guests_events_come_along_once_it_is_known_who_it_was(
    tmp_path: Path, door: str
) -> None:
    load("events", written(tmp_path, GUESTS))
    if door == "file":
        later = "customer_id,anonymous_id,type,at\nc1,till-1,view,2024-02-01\n"
        load("events", written(tmp_path, later, "later.csv"))
    else:
        take(
            [{"type": "identify", "userId": "c1", "anonymousId": "till-1"}],
            source="web",
        )
    one = Customer.objects.get(external_id="anonymous:till-1")
    assert one.merged_into.external_id == "c1"


def test_a_file_of_guests_alone_needs_no_customer_id(tmp_path: Path) -> None:
    lines = "".join(
        f"invoice-{n // 4},purchase,2024-01-01,{n % 4 + 1}\n" for n in range(4000)
    )
    answer = load(
        "events", written(tmp_path, f"anonymous_id,type,at,quantity\n{lines}")
    )
    assert (answer["stored"], Customer.objects.count()) == (4000, 1000)
    with pytest.raises(
        UnreadableFile, match="none of the columns customer_id, anonymous_id, email"
    ):
        load("events", written(tmp_path, "type,at\nview,2024-01-01\n", "nobody.csv"))


def test_what_no_shop_sells_or_redeems_is_put_aside(tmp_path: Path) -> None:
    rows = (
        "customer_id,type,at,price,coupon_code,campaign_id\n"
        "c1,purchase,2024-01-01,-4.50,,\nc1,coupon_redeemed,2024-01-01,,,\n"
        "c1,coupon_redeemed,2024-01-01,,X1,\nc1,coupon_redeemed,2024-01-01,,,k1\n"
    )
    answer = load("events", written(tmp_path, rows))
    assert (answer["stored"], answer["reasons"]) == (
        2,
        {"negative price": 1, "missing": 1},
    )
    done = take(
        [
            {
                "type": "track",
                "event": "purchase",
                "userId": "c1",
                "properties": {"item_id": "x", "price": -4},
            },
            {"type": "track", "event": "Coupon Redeemed", "userId": "c1"},
        ],
        source="web",
    )
    assert [one.reason for one in done.failed] == ["negative price", "missing"]
    consents = "customer_id,channel,status,at\nc1,fax,granted,2024-01-01\nc1,E-Mail,granted,2024-01-01\n"
    answer = load("consents", written(tmp_path, consents))
    assert (answer["stored"], answer["reasons"]) == (1, {"unknown channel": 1})
