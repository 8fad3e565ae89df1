"""Every line of the log says which request or job it belongs to, and what Sentry is told
names no person.
"""

import gzip
import json
import logging
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog

from profiles.jobs import runner
from profiles.models import Job
from retention_site.lib.processes.programs import ROOT
from retention_site.lib.request_ids import HEADER, RequestIds
from tests import factories as make
from tests.conftest import shops_environment


@pytest.fixture
def asked(rf):
    """Ask with an X-Request-ID: what the lines said meanwhile, and the answer's."""

    def ask(said: str) -> tuple[str, str]:
        seen = {}

        def answer(_request):
            from django.http import HttpResponse

            seen.update(structlog.contextvars.get_contextvars())
            return HttpResponse()

        response = RequestIds(answer)(rf.get("/", headers={HEADER: said}))
        assert "request_id" not in structlog.contextvars.get_contextvars()
        return seen["request_id"], response[HEADER]

    return ask


@pytest.mark.parametrize("said", ["0af7651916cd43dd", "a.b-c_d.12345", "A" * 64])
def test_a_proxys_name_of_the_request_is_kept(asked, said) -> None:
    assert asked(said) == (said, said)


@pytest.mark.parametrize(
    "said",
    ["", "short", "x" * 65, "a\nb forged=1 line", "ümlaut-ümlaut", "-dash-first"],
)
def test_anything_else_is_named_anew(asked, said) -> None:
    one, answered = asked(said)
    assert one == answered != said
    assert len(one) == 32


def test_a_job_is_named_in_its_lines(db, monkeypatch) -> None:
    job = Job.objects.create(kind="history", title="a job")
    seen = []

    class Kind:
        def run(self, *_args):
            seen.append(structlog.contextvars.get_contextvars())
            return {}

        def chunks(self, _job):
            return [{}]

        def finish(self, _job, results):
            return results[0]

    monkeypatch.setattr(runner, "kind_of", lambda _job: Kind())
    runner.work(only=job)
    assert seen == [{"job": job.pk, "part": 0}]


def test_lines_of_other_libraries_carry_it_too(capsys) -> None:
    handler = logging.getLogger().handlers
    formatter = next(
        one.formatter
        for one in handler
        if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    )
    record = logging.LogRecord("other", logging.INFO, "f", 1, "said", (), None)
    with structlog.contextvars.bound_contextvars(request_id="r-12345678"):
        assert "r-12345678" in formatter.format(record)


BROKEN = """
import logging, django
django.setup()
from django.test import Client
from django.urls import path
from retention_site import urls
from structlog.contextvars import bind_contextvars
import sentry_sdk

def broken(request, token):
    email = "ann@shop.example"
    raise ValueError(f"no {email} +49 170 1234567")

urls.urlpatterns.insert(0, path("broken/<token>/", broken))
Client(raise_request_exception=False).post(
    "/broken/SECRETTOKEN/?email=ann@shop.example", {"name": "Annabel"},
    HTTP_COOKIE="sessionid=SECRETCOOKIE", REMOTE_ADDR="203.0.113.9",
    HTTP_X_REQUEST_ID="proxy-0001", HTTP_HOST="127.0.0.1")
Client().get("/", HTTP_HOST="stranger.example")
logging.getLogger("ours").error("lost %s", "ann@shop.example")
sentry_sdk.flush(5)
"""


@pytest.fixture
def sentry():
    """A Sentry of our own: the text of each envelope that it took."""
    taken = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            taken.append(body.decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, taken
    server.shutdown()


def test_sentry_hears_of_errors_and_of_nobody(sentry, transactional_db) -> None:
    port, taken = sentry
    environment = {
        **shops_environment(),
        "SENTRY_DSN": f"http://key@127.0.0.1:{port}/1",
        "DJANGO_SETTINGS_MODULE": "retention_site.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", BROKEN],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    events = [
        json.loads(line)
        for text in taken
        for line in text.splitlines()
        if '"event_id"' in line and '"platform"' in line
    ]
    told = "".join(taken)
    raised = [one for one in events if one.get("exception")]
    assert len(raised) == 1, told
    assert raised[0]["exception"]["values"][-1]["type"] == "ValueError"
    assert raised[0]["tags"]["request_id"] == "proxy-0001"
    assert raised[0]["release"].startswith("rapport-")
    assert any("lost" in json.dumps(one.get("logentry")) for one in events)
    for secret in (
        "ann@",
        "1234567",
        "SECRETTOKEN",
        "SECRETCOOKIE",
        "Annabel",
        "203.0.113.9",
    ):
        assert secret not in told, secret


def test_the_admin_says_its_release(client, db) -> None:
    client.force_login(make.make_marketer())
    assert b"Rapport 0." in client.get("/admin/profiles/job/").content
