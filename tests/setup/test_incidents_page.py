"""Every alert has its paragraph in docs/operations/incidents.md, and every paragraph that
an alert rule names is there.
"""

import ast
import re
from pathlib import Path

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
