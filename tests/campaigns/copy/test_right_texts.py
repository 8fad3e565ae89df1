"""Right texts in the styles of other shops pass the fact check."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.facts import read

HERE = Path(__file__).parent
NOW = "2026-11-30T10:00:00"


def groups():
    for file, language in (("english", "en"), ("chinese", "zh-hans")):
        text = (HERE / f"right_texts_{file}.yaml").read_text(encoding="utf-8")
        for group in yaml.safe_load(text):
            yield pytest.param(language, group, id=f"{language} {group['style']}")


@pytest.mark.parametrize(("language", "group"), list(groups()))
def test_a_right_text_of_another_style_passes(language, group):
    line = {
        "language": language,
        "channel": group.get("channel", "email"),
        "now": NOW,
        "facts": group["facts"],
    }
    refused = {
        text: [(one.kind, one.said) for one in found]
        for text in group["texts"]
        if (found := check(text, read(line)).problems)
    }
    assert refused == {}
