"""Every call of the OpenAPI document, with whatever fits its schema and whatever does
not.
"""

from http import HTTPStatus

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from profiles.models import ApiKey


def refuses_strangers(ctx, response, case):
    """Like `ignored_auth`, where a wrong key may also be told to wait."""
    try:
        return ignored_auth(ctx, response, case)
    except AssertionError as refused:
        if "429 Too Many Requests" not in str(refused):
            raise
        return None


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    refuses_strangers,
]


SOME = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def keys() -> dict[str, str]:
    """A key for each scope."""
    return {scope: ApiKey.make(scope)[1] for scope in ApiKey.Scope.values}


@pytest.mark.parametrize(
    "mode",
    [GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
    ids=["fitting", "unfitting"],
)
def test_no_call_breaks(site, mode):
    schema, secrets = schemathesis.openapi.from_url(f"{site}/v1/openapi.json"), keys()
    for operation in (found.ok() for found in schema.get_all_operations()):

        @SOME
        @given(
            case=operation.as_strategy(generation_mode=mode),
            scope=st.sampled_from(sorted(secrets)),
        )
        def call(case, scope):
            case.call_and_validate(
                headers={"Authorization": f"Bearer {secrets[scope]}"}, checks=CHECKS
            )

        call()


def test_document_names_every_call_of_the_contract(client, db):
    paths = client.get("/v1/openapi.json").json()["paths"]
    calls = {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in operations
    }
    assert {
        *(
            f"POST /v1/{call}"
            for call in "identify track page screen group alias batch".split()
        ),
        "PUT /v1/items/{item_id}",
        "POST /v1/items/batch",
        "GET /v1/customers/{customer_id}",
    } <= calls


def test_docs_page_needs_nothing_from_elsewhere(client, db):
    page = client.get("/v1/docs").content.decode()
    assert "swagger" in page
    assert "//cdn" not in page


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/track", 405),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/nothing", 404),
        ("PUT", "/v1/items/a/b", 404),
        ("GET", "/hooks/shop", 405),
        ("POST", "/hooks/shop", 404),
        ("POST", "/hooks/a/b", 404),
        ("GET", "/callbacks/email/smtp", 405),
        ("POST", "/callbacks/email/nobody", 404),
    ],
)
def test_what_is_not_there_is_a_problem_too(db, method, path, status):
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    assert (answer.json()["status"], answer.json()["title"]) == (
        status,
        HTTPStatus(status).phrase,
    )
