"""What docs/operations/ says to an operator holds: every alert has its paragraph, every
command is one.
"""

import ast
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

import bootstrap
from campaigns.delivery.alerting.data_alarms import backup_is_old
from profiles.models import Backup
from retention_site.lib.clock import real_now
from retention_site.lib.processes.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations" / "incidents.md"
NOT_ALARMS = {"health", "ledgers"}  # told by metrics alone


def kinds() -> set[str]:
    """Return the first word of every alarm that the code raises."""
    found = set()
    for path in (ROOT / "campaigns" / "delivery" / "alerting").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Alarm":
                assert isinstance(node.args[0], ast.Constant), "a kind in plain words"
                found.add(node.args[0].value)
    return found


def sections() -> dict[str, str]:
    parts = re.split(r"^## (\w+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_alarm_says_what_it_means_and_what_to_do() -> None:
    assert len(kinds()) > 15
    assert kinds() == set(sections()) - NOT_ALARMS
    assert all(len(text.split()) > 12 for text in sections().values())


def test_alert_rules_lead_to_a_section() -> None:
    rules = (ROOT / "docs" / "operations" / "alert_rules.yaml").read_text()
    named = set(re.findall(r"incidents: (\w+)\)", rules))
    assert named
    assert named <= set(sections())


@pytest.mark.django_db
def test_a_backup_grows_old_where_one_was_made() -> None:
    assert list(backup_is_old()) == []
    facts = {"path": "a", "host": "h", "size": 1, "version": "1"}
    Backup.objects.create(made_at=real_now() - timedelta(days=9), **facts)
    (alarm,) = backup_is_old()
    assert "9 days" in alarm.words
    Backup.objects.create(made_at=real_now() - timedelta(days=1), **facts)
    assert list(backup_is_old()) == []


def commands() -> list[tuple[str, str]]:
    """Return each command that a page tells an operator to type, with its page."""
    found = []
    for page in sorted(PAGE.parent.glob("*.md")):
        text = page.read_text()
        blocks = re.findall(r"^    (.+)$", text, flags=re.MULTILINE)
        spoken = re.findall(r"`([^`\n]+)`", text)
        found += [(page.name, one.partition("    #")[0]) for one in (*blocks, *spoken)]
    return found


def test_every_command_of_the_pages_is_one() -> None:
    n = 0
    for page, line in commands():
        if match := re.search(r"(?:^|\s)manage\.py ([a-z_]+)(.*)$", line):
            name, rest = match[1], match[2].replace("…", "")
            assert name in get_commands(), (page, line)
            parser = load_command_class(get_commands()[name], name).create_parser(
                "manage.py", name
            )
            words = shlex.split(rest.replace("$(date +%F)", "day"))
            if words and "|" not in rest:
                parser.parse_args([word for word in words if word != "FILE"] or ["f"])
            n += 1
        if match := re.search(r"processes start (\w+)", line):
            assert match[1] in (*ROLES, "ROLE"), (page, line)
            n += 1
        if match := re.match(r"(?:make|python3 bootstrap\.py) ([a-z]+)", line):
            assert match[1] in bootstrap.WORDS, (page, line)
            n += 1
    assert n > 20
