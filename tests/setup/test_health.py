"""Probes get an answer wherever they come from; what tells of the shop is for its
operators.
"""

import re
from urllib.request import Request, urlopen

import pytest

from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import web
from tests.conftest import _answers, free_port

STRANGER = {"REMOTE_ADDR": "203.0.113.7"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def behind_tls(settings):
    settings.ALLOWED_HOSTS = ["rapport.example"]
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.4.5.6:8000", "rapport.example", "whoever.example"]
)
def test_a_balancer_probes_life_by_any_address_without_tls(client, behind_tls, host):
    assert client.get("/health/live", HTTP_HOST=host).status_code == 200
    assert client.head("/health/live", HTTP_HOST=host).status_code == 200
    assert client.post("/health/live", HTTP_HOST=host).status_code == 405


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
def test_operators_ask_by_address_too(client, behind_tls, settings, path):
    settings.METRICS_TOKEN = "open sesame"
    token = {"HTTP_AUTHORIZATION": "Bearer open sesame"}
    assert (
        client.get(path, HTTP_HOST="10.4.5.6:8000", **STRANGER, **token).status_code
        == 200
    )
    assert client.get(path, HTTP_HOST="10.4.5.6:8000", **STRANGER).status_code == 403


def test_other_pages_still_ask_for_tls_and_for_a_known_host(client, behind_tls):
    assert client.get("/admin/", HTTP_HOST="rapport.example").status_code == 301
    assert client.get("/admin/", HTTP_HOST="whoever.example").status_code == 400


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
def test_the_public_sees_neither_metrics_nor_what_the_database_says(
    client, settings, path
):
    assert client.get(path).status_code == 200
    assert client.get(path, **STRANGER).status_code == 403
    # through a proxy nobody named
    assert client.get(path, HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 403
    wrong = client.get(path, **STRANGER, HTTP_AUTHORIZATION="Bearer ")
    assert wrong.status_code == 403, "no token is set, so none is right"
    settings.METRICS_TOKEN = "open sesame"
    assert (
        client.get(
            path, **STRANGER, HTTP_AUTHORIZATION="Bearer open sesame"
        ).status_code
        == 200
    )
    for token in ("Bearer open", "Bearer ", "Basic open sesame", "Bearer öpen"):
        assert client.get(path, **STRANGER, HTTP_AUTHORIZATION=token).status_code == 403


def test_metrics_stay_small_and_name_no_page(client, admin_client):
    for number in range(60):
        client.get(f"/admin/profiles/customer/{number}/change/")
        client.get(f"/nowhere/{number}")
    said = client.get("/metrics").content
    assert len(said) < 40_000
    assert b"customer" not in said


@pytest.mark.django_db(transaction=True)
def test_all_web_processes_tell_one_truth(launch, tmp_path):
    port, counts = free_port(), tmp_path / "counts"
    counts.mkdir()
    here = f"http://127.0.0.1:{port}"
    launch(web(port, workers=2, counts=counts), {"PORT": str(port), "BASE_URL": here})
    assert wait_until(lambda: _answers(f"{here}/health/ready"), 40, every=0.1)
    before = n_ready(here)
    for _ in range(40):
        urlopen(Request(f"{here}/health/ready", headers={"Connection": "close"})).read()
    seen = [n_ready(here) for _ in range(12)]
    assert set(seen) == {before + 40}


def n_ready(here):
    request = Request(f"{here}/metrics", headers={"Connection": "close"})
    said = urlopen(request).read().decode()
    return int(
        float(
            re.search(
                r'rapport_requests_total\{area="health",.*status="200"\} (\S+)', said
            )[1]
        )
    )
