"""A customer who agreed to e-mail, and a clock that can be set forward."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from profiles.models import Customer
from retention_site.lib import clock
from tests.campaigns.journeys.inside import settle
from tests.sending import local_sinks, make_customers, shop, shop_environment  # noqa: F401


@pytest.fixture
def customer(db: None) -> Customer:
    return make_customers(1, "email")[0]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let time pass for whoever asks the clock, and settle what is due then."""
    right, shift = clock.real_now, [timedelta(0)]
    monkeypatch.setattr(clock, "real_now", lambda: right() + shift[0])

    def pass_(span: timedelta) -> None:
        shift[0] += span
        settle()

    return pass_
