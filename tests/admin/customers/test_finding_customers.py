"""A customer is found by what one remembers of her, and one that isn't there is said to be missing where one is."""

import pytest
from django.urls import reverse

from tests import factories as make

pytestmark = pytest.mark.django_db
NAMES = [
    ("Ada", "Moreau"),
    ("ada", "Lovelace"),
    ("José", "Muñoz Pérez"),
    ("Anna-Lena", "Strauß"),
    ("李雷", ""),
    ("Дмитрий", "Волков"),
    ("Søren", "O'Brien"),
    ("", "Łukasz"),
    ("Percent%", "Under_score"),
]
FINDS = [
    ("ada", {"Ada Moreau", "ada Lovelace"}),
    ("ADA MOR", {"Ada Moreau"}),
    ("moreau ada", {"Ada Moreau"}),
    ("jose", {"José Muñoz Pérez"}),
    ("MUNOZ", {"José Muñoz Pérez"}),
    ("pérez josé", {"José Muñoz Pérez"}),
    ("perez", {"José Muñoz Pérez"}),
    ("lena", {"Anna-Lena Strauß"}),
    ("strauss", {"Anna-Lena Strauß"}),
    ("STRAUSS", {"Anna-Lena Strauß"}),
    ("李", {"李雷"}),
    ("дмит", {"Дмитрий Волков"}),
    ("ДМИТРИЙ", {"Дмитрий Волков"}),
    ("soren", {"Søren O'Brien"}),
    ("brien", {"Søren O'Brien"}),
    ("O'Bri", {"Søren O'Brien"}),
    ("lukasz", {"Łukasz"}),
    ("anna lovelace", set()),
    ("%", set()),
    ("'", set()),
    ("percent", {"Percent% Under_score"}),
    ("\\", set()),
    ("' & '", set()),
    ("a:*|b", set()),
    ("  ", None),
]


@pytest.fixture
def people():
    return [
        make.make_customer(first_name=first, last_name=last) for first, last in NAMES
    ]


def found(client, said: str) -> set[str]:
    answer = client.get(reverse("admin:profiles_customer_changelist"), {"q": said})
    return {str(one) for one in answer.context["cl"].result_list}


@pytest.mark.parametrize(("said", "expected"), FINDS)
def test_customers_are_found_by_the_beginnings_of_their_names(
    signed_in, people, said, expected
):
    assert found(signed_in, said) == (
        {str(one) for one in people} if expected is None else expected
    )


def test_customers_are_found_by_id_address_and_phone(signed_in, people):
    ann = make.make_customer(
        external_id="shop_7", email="Ann.B@Shop.example", phone="+4930123456"
    )
    for said in ("shop_", "ann.b@", "ANN.B@SHOP.EXAMPLE", "+4930"):
        assert found(signed_in, said) == {str(ann)}, said
    assert found(signed_in, "shopx") == set()


def test_the_search_of_everything_finds_them_too(signed_in, people):
    answer = signed_in.get(
        reverse("palette"),
        {"s": "muñ"},
    )
    assert answer.status_code == 200
    assert "José" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "profiles/customer/987654/change/",
        "profiles/customer/nobody/change/",
        "campaigns/campaign/987654/change/",
        "campaigns/contactlimit/987654/change/",
        "auth/user/987654/change/",
        "profiles/job/99999999999999999999/change/",
        "campaigns/effectreport/987654/change/",
        "templates/987654/",
        "profiles/customer/987654/erase/",
        "no/such/page/",
        "campaigns/campaign/987654/rehearsal/",
        "profiles/customer/_3C_2F/change/",
    ],
)
def test_what_is_missing_is_said_in_the_frame_of_the_admin(signed_in, address):
    answer = signed_in.get(f"/admin/{address}")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert 'id="missing"' in page
    assert 'id="nav-sidebar-apps"' in page or "nav-sidebar" in page


def test_it_names_what_is_missing_and_leads_to_its_list(signed_in):
    page = signed_in.get("/admin/profiles/customer/987654/change/").content.decode()
    assert "There is no customer “987654”." in page
    assert (
        reverse("admin:profiles_customer_changelist") in page.split('id="missing"')[1]
    )


def test_strangers_learn_nothing_and_other_addresses_stay_plain(client, signed_in):
    assert client.get("/admin/profiles/customer/987654/change/").status_code == 302
    answer = signed_in.get("/no/such/page")
    assert answer.status_code == 404
    assert 'id="missing"' not in answer.content.decode()
