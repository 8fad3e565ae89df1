"""Fixtures of the fault tests."""

from tests.sending import local_sinks, shop, shop_environment, unhurried  # noqa: F401
