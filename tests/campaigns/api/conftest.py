"""Callers of the API, and the small shop of planning."""

from tests.campaigns.planning.conftest import make_approved, make_shopper  # noqa: F401
from tests.profiles.api.conftest import caller  # noqa: F401
