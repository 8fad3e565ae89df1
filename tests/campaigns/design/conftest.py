"""Fixtures of the tests of letters that really leave."""

from tests.sending import local_sinks, shop  # noqa: F401
