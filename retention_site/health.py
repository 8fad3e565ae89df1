"""Is the process alive, is it ready to work, what has it done."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from redis import Redis
from redis.exceptions import RedisError


@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database is there and migrated; Redis may be away, that only slows sending."""
    found = checks()
    return JsonResponse({"checks": found}, status=200 if found["database"] == "ok" else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics."""
    return ExportToDjangoView(request)


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
    return "migrations missing" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _redis() -> str:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return "ok"
