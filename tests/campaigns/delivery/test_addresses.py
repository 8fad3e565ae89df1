"""Which addresses may stand in an envelope."""

import pytest

from campaigns.delivery import envelope_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("ada@shop.example", "ada@shop.example"),
        (" Ada.L+x@Shop.Example ", "Ada.L+x@shop.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("grüße@shop.example", "grüße@shop.example"),
        ("李雷@shop.example", "李雷@shop.example"),
        ("o'brien@localhost", "o'brien@localhost"),
    ],
)
def test_addresses_of_the_world_are_taken(given, address):
    assert envelope_address.email(given) == address


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@shop.example",
        "ada@",
        "ada@shop..example",
        "ada@-shop.example",
        ".ada@shop.example",
        "a@b@shop.example",
        "ada@shop.example\r\nRCPT TO:<eve@x.example>",
        "ada\r\n@shop.example",
        "ada>@shop.example",
        "<ada@shop.example>",
        "ada,eve@shop.example",
        "ada\u202e@shop.example",
        "ada\u200b@shop.example",
        "ada\x00@shop.example",
        '"ada lovelace"@shop.example',
        "x" * 65 + "@shop.example",
        "ada@" + "x" * 64 + ".example",
        "ada@" + "x." * 130 + "example",
    ],
)
def test_what_could_harm_or_never_arrive_is_refused(given):
    with pytest.raises(envelope_address.BadAddress):
        envelope_address.email(given)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+4930123456", "+4930123456"),
        ("+49 (30) 123-456", "+4930123456"),
        ("+1.205.555.0100", "+12055550100"),
    ],
)
def test_phone_numbers_are_brought_into_one_form(given, number):
    assert envelope_address.phone(given) == number


@pytest.mark.parametrize(
    "given",
    [
        "",
        "030123456",
        "+0123456789",
        "+49",
        "+4930123456\n+4930",
        "+49３０1234567",
        "call me",
    ],
)
def test_other_numbers_are_refused(given):
    with pytest.raises(envelope_address.BadAddress):
        envelope_address.phone(given)
