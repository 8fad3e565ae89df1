"""Who looks at the admin, and at what."""

import pytest
from django.test import Client

import retention_site.urls  # noqa: F401  with the addresses the pages are found that tests ask for
from tests.factories import make_colleague
from tests.small_shop import Shop, small_shop


@pytest.fixture
def person(db):
    """A marketer with every right."""
    return make_colleague(is_superuser=True)


@pytest.fixture
def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def shop(person) -> Shop:
    return small_shop()
