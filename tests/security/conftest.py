"""Who signs in where the tests need somebody."""

import pytest
from django.test import Client

import retention_site.urls  # noqa: F401  with the addresses the pages are found that tests ask for
from tests.factories import make_colleague


@pytest.fixture
def signed_in(db) -> Client:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    return client
