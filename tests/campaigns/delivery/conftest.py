"""Fixtures of delivery's tests."""

from tests.sending import local_sinks, shop, shop_environment, unhurried  # noqa: F401
