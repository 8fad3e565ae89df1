"""The example in the documentation is a campaign that can be read."""

import re
from pathlib import Path

from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import parse

DOCUMENT = Path(__file__).parents[3] / "docs" / "campaign_files.md"


def test_the_example_can_be_read():
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    raw = parse(example)
    content = read({**raw, "segment": {"name": raw["segment"], "rule": {"all": []}}})
    assert [arm.name for arm in content.arms] == ["coupon", "reminder"]
    assert content.offer is not None
