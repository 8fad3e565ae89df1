"""Is the process alive, is it ready to work, what has it done.

Anybody may ask whether it is alive, which costs nothing. The rest is for this machine,
and with METRICS_TOKEN for others: it asks the database, and it tells of the shop.
"""

import secrets
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from redis import Redis
from redis.exceptions import RedisError

from retention_site import metrics as counted
from retention_site.lib.client_address import is_this_machine

View = Callable[[HttpRequest], HttpResponse]


class ProbesMiddleware:
    """Answer probes before hosts, TLS and sessions are looked at: they ask by address."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return PROBES.get(request.path_info, self.get_response)(request)


def for_operators(view: View) -> View:
    """Let in who asks from this machine, or who knows METRICS_TOKEN."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if is_this_machine(request) or _knows_token(request):
            return view(request)
        said = "Ask from this machine, or with METRICS_TOKEN as bearer token."
        return JsonResponse(
            {"title": "Not for the public", "status": 403, "detail": said}, status=403
        )

    return guarded


def _knows_token(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    known = settings.METRICS_TOKEN.encode()
    return (
        bool(known)
        and scheme.lower() == "bearer"
        and secrets.compare_digest(token.strip().encode(), known)
    )


@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does."""
    return JsonResponse({"status": "ok"})


@require_safe
@for_operators
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database is there and migrated; Redis may be away, that only
    slows sending.
    """
    found = checks()
    return JsonResponse(
        {"checks": found}, status=200 if found["database"] == "ok" else 503
    )


@require_safe
@for_operators
def metrics(_request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of every web process together."""
    return HttpResponse(counted.text(), content_type=CONTENT_TYPE_LATEST)


def checks() -> dict[str, str]:
    """Say of each service "ok" or what is wrong with it."""
    return {"database": _ask(_database), "redis": _ask(_redis)}


def _ask(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, RedisError, OSError) as error:
        return f"away: {type(error).__name__}"


def _database() -> str:
    executor = MigrationExecutor(connection)
    return (
        "migrations missing"
        if executor.migration_plan(executor.loader.graph.leaf_nodes())
        else "ok"
    )


def _redis() -> str:
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    ) as client:
        client.ping()
    return "ok"


PROBES: dict[str, View] = {
    "/health/live": live,
    "/health/ready": ready,
    "/metrics": metrics,
}
