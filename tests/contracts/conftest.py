"""Plug in a member that only the test knows."""

from collections.abc import Callable, Iterator

import pytest

from retention_site.lib import registry
from retention_site.plugins import PLUGINS


@pytest.fixture
def plug_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Add the one line that a plug-in needs; it is gone after the test."""

    def plug(group: str, key: str, path: str) -> None:
        monkeypatch.setitem(PLUGINS[group], key, path)

    yield plug
    registry.load.cache_clear()
