"""No line of a log names an address or a phone number, whoever writes it."""

import io
import json
import logging

import pytest
import structlog

from retention_site import logs
from retention_site.lib.security.log_redaction import hidden, hide


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("no answer for ada.l+x@shop.example today", "no answer for …@… today"),
        ("GET /?to=ada%40shop.example", "GET /?to=…@…"),
        ("calling +49 30 901820-777 now", "calling +… now"),
        ("GET /?to=ada%2540shop.example", "GET /?to=…@…"),
        ("/c/" + "A" * 1700 + "ada@shop.example", "/c/" + "A" * (1700 - 61) + "…@…"),
        ("2025-03-01T10:00:00+02:00 took 12 s", "2025-03-01T10:00:00+02:00 took 12 s"),
        ("twice\nDETAIL:  Key (first_name)=(Ada) already exists.", "twice\nDETAIL:  …"),
        (
            'invalid input syntax for type bigint: "Ada"',
            "invalid input syntax for type bigint: …",
        ),
    ],
)
def test_what_gives_people_away_is_hidden(said, logged):
    assert hidden(said) == logged


@pytest.mark.parametrize("before", range(1_900, 2_010, 7))
@pytest.mark.parametrize("filling", ["A", "a b ", "+", "ä"])
def test_a_cut_through_an_address_shows_no_part_of_it(before, filling):
    """A long value is cut before it is looked at; what is left is no half of an
    address.
    """
    said = hidden(
        (filling * 2_010)[:before] + "/lovelace@analytical.example/" + "z" * 3_000
    )
    assert "lovelace@" not in said
    assert "analytical" not in said
    assert len(said) < 2_010


def test_a_long_traceback_keeps_its_lines():
    said = hide(None, "error", {"exception": "line of code\n" * 1_000})["exception"]
    assert said == "line of code\n" * 1_000


@pytest.fixture
def heard():
    """What is logged, as JSON."""
    logs.configure({"level": "INFO", "as_json": True})
    said = io.StringIO()
    logging.getLogger().handlers[0].setStream(said)
    yield said.getvalue
    logs.configure({"level": "INFO", "as_json": False})


def test_lines_and_tracebacks_are_discreet(heard):
    structlog.get_logger("a").warning(
        "odd", to="ada@shop.example", all=[{"at": "+49301234567"}]
    )
    logging.getLogger("b").warning("odd %s", "ada@shop.example")
    structlog.get_logger("a").warning(
        "away", error=OSError("no route to ada@shop.example")
    )
    try:
        raise ValueError(
            "duplicate key\nDETAIL:  Failing row contains (7, Adalbertine)."
        )
    except ValueError:
        logging.getLogger("b").exception("broken")
    said = [json.loads(line) for line in heard().splitlines()]
    assert [one["event"] for one in said] == ["odd", "odd …@…", "away", "broken"]
    assert said[2]["error"] == "OSError('no route to …@…')"
    assert (said[0]["to"], said[0]["all"]) == ("…@…", [{"at": "+…"}])
    assert said[3]["exception"].endswith("ValueError: duplicate key\nDETAIL:  …")
