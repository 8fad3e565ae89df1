"""A campaign that a webhook starts, and its address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from campaigns.models import Hook
from tests.sending import (  # noqa: F401
    Sender,
    local_sinks,
    make_hook,
    shop,
    shop_environment,
    unhurried,
)


@pytest.fixture
def hook(db) -> tuple[Hook, Sender]:
    """A webhook address and someone who knows its secret."""
    made, secret = make_hook()
    return made, Sender(secret)


@pytest.fixture
def post(client, hook) -> Callable[..., Any]:
    """Post a webhook as its sender does; return the answer."""

    def send(
        payload: Any,
        event_id: str = "evt_1",
        *,
        late: timedelta = timedelta(0),
        slug: str = "",
        **changed: str,
    ) -> Any:
        raw, signed = hook[1].signed(payload, event_id, late=late)
        address = f"/hooks/{slug or hook[0].slug}"
        return client.post(
            address, raw, content_type="application/json", headers={**signed, **changed}
        )

    return send
