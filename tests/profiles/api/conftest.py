"""Callers of the API."""

import base64
import gzip
import json
from dataclasses import dataclass

import pytest
from django.http import HttpResponse
from django.test import Client

from profiles.models import ApiKey


@dataclass
class Caller:
    """Calls the API with one key, as JSON."""

    client: Client
    authorization: str

    def __call__(
        self, method: str, path: str, body=None, *, raw: bytes | None = None, **headers
    ) -> HttpResponse:
        data = (
            raw
            if raw is not None
            else json.dumps(body).encode()
            if body is not None
            else b""
        )
        headers = {"Authorization": self.authorization} | headers
        return self.client.generic(
            method, path, data, content_type="application/json", headers=headers
        )

    def post(self, path: str, body=None, **more) -> HttpResponse:
        return self("POST", path, body, **more)

    def put(self, path: str, body=None, **more) -> HttpResponse:
        return self("PUT", path, body, **more)

    def get(self, path: str) -> HttpResponse:
        return self("GET", path)


@pytest.fixture
def caller(db):
    """Make a caller: `caller("write")`, with `basic=True` as Segment's clients do."""

    def make(scope: str, *, basic: bool = False) -> Caller:
        secret = ApiKey.make(scope, name="web shop")[1]
        token = (
            f"Basic {base64.b64encode(f'{secret}:'.encode()).decode()}"
            if basic
            else f"Bearer {secret}"
        )
        return Caller(Client(raise_request_exception=False), token)

    return make


@pytest.fixture
def writer(caller) -> Caller:
    return caller("write")


@pytest.fixture
def packed():
    """Pack a body as gzip."""
    return lambda body: gzip.compress(json.dumps(body).encode())
