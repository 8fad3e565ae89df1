"""The demo's five segments can be read and say themselves in words."""

from pathlib import Path

import pytest
import yaml

from profiles.segments import describe

FOLDER = Path(__file__).parents[3] / "campaigns" / "demo" / "segments"
FILES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_five():
    assert len(FILES) == 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_says_itself_in_words(path):
    said = yaml.safe_load(path.read_text())
    assert said["name"] == path.stem
    assert len(describe(said["rule"])) > 20
