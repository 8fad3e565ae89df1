"""Fixtures of the privacy tests: folders and sinks of the test's own."""

from pathlib import Path

import pytest

from tests.sending import local_sinks, shop, shop_environment  # noqa: F401


@pytest.fixture
def own_folders(settings, shop: Path, tmp_path: Path) -> None:  # noqa: F811
    settings.MODEL_DIR = tmp_path / "models"
    settings.HISTORY_DIR = tmp_path / "history"
