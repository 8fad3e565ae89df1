"""The shop's rules as a file: what the pages show, shown and applied by a command."""

import json

import pytest
import yaml
from django.core.management import call_command
from django.urls import reverse

from campaigns.content import shop_rules
from campaigns.lifecycle import rule_file
from retention_site.lib.commands import BadInput

pytestmark = pytest.mark.django_db

FILE = """
global_holdout: 0.07
quiet_hours: {start: "22:00", end: "07:30", channels: [sms]}
brake: {bounces: 0.04}
sunset: {less_days: 90}
"""


@pytest.fixture(autouse=True)
def _free(settings):
    """Let no rule be named by the environment of the tests."""
    settings.SAID_BY_ENVIRONMENT = frozenset()


def said(capsys, *words: str) -> dict:
    call_command("rules", *words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def apply(path, capsys, text: str) -> dict:
    (path / "rules.yaml").write_text(text)
    return said(capsys, "apply", str(path / "rules.yaml"))


def test_a_file_decides_what_it_names_and_leaves_the_rest(tmp_path, capsys):
    before = said(capsys, "show")["rules"]
    answer = apply(tmp_path, capsys, FILE)
    assert set(answer["changed"]) == {
        "global_holdout",
        "quiet_hours",
        "brake",
        "sunset",
    }
    assert shop_rules.global_holdout() == 0.07
    assert shop_rules.quiet_hours().channels == {"sms"}
    assert answer["rules"]["brake"] == before["brake"] | {"bounces": 0.04}
    assert answer["rules"]["sunset"] == before["sunset"] | {"less_days": 90}
    assert answer["rules"]["margin"] == before["margin"]
    assert apply(tmp_path, capsys, FILE)["changed"] == []


def test_what_is_shown_is_a_file_that_changes_nothing(tmp_path, capsys, settings):
    settings.SAID_BY_ENVIRONMENT = {shop_rules.MARGIN}
    apply(tmp_path, capsys, FILE)
    call_command("rules", "show")
    shown = capsys.readouterr().out
    assert apply(tmp_path, capsys, shown)["changed"] == []
    assert apply(tmp_path, capsys, "quiet_hours: off")["changed"] == ["quiet_hours"]
    assert yaml.safe_load(shown)["global_holdout"] == 0.07


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("margin: 1.5", "margin: 1.5 is outside"),
        ("global_holdot: 0.1", "did you mean global_holdout"),
        ("margin: much", "margin: a number is expected"),
        ("send_costs: {pigeon: 1}", "send_costs.pigeon: is not a known key"),
        (
            "quiet_hours: {start: 22, end: '07:00', channels: [sms]}",
            "quiet_hours.start",
        ),
        (
            "quiet_hours: {start: '22:00', end: '22:00', channels: [sms]}",
            "quiet_hours:",
        ),
        ("sunset: {less_days: 400}", "sunset: Less comes before nothing"),
        ("brake: [1]", "brake: keys with values"),
        ("brake: {complaints: 0}", "brake: A limit above 0"),
        ("- a", "keys with values"),
        ("\x00", "is not YAML"),
    ],
)
def test_a_bad_file_changes_nothing(tmp_path, capsys, text, sentence):
    before = rule_file.document()
    first = "global_holdout: 0.2" if text.startswith("margin") else "margin: 0.2"
    with pytest.raises(BadInput, match=sentence):
        apply(tmp_path, capsys, f"{first}\n{text}" if ": " in text else text)
    assert rule_file.document() == before


def test_what_the_environment_names_is_not_changed_here(tmp_path, capsys, settings):
    settings.SAID_BY_ENVIRONMENT = {shop_rules.MARGIN}
    with pytest.raises(BadInput, match="is set in the environment"):
        apply(tmp_path, capsys, "global_holdout: 0.2\nmargin: 0.123")
    assert shop_rules.global_holdout() != 0.2


def test_the_page_and_the_file_are_one(tmp_path, capsys, signed_in):
    apply(tmp_path, capsys, FILE)
    shown = signed_in.get(reverse("admin:rules")).content.decode()
    assert "22:00–07:30" in shown
