"""Errors of our own, sent to Sentry where `SENTRY_DSN` names one; no person in them.

Of a request its method and page pattern are told; of an error its traceback without the
values of variables, texts as in the logs. Nothing is traced and no header is added to
what we send elsewhere.
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.integrations.threading import ThreadingIntegration

from retention_site.lib.security.log_redaction import hidden
from retention_site.lib.versions import VERSION

# what an event may say besides its traceback
KEPT = frozenset(
    "event_id timestamp level platform release environment server_name transaction"
    " exception logentry logger tags fingerprint threads sdk modules contexts".split()
)
CONTEXTS = frozenset(("runtime", "os", "trace"))
IDS = ("request_id", "job", "part", "task", "task_id")


def start(dsn: str) -> None:
    """Send errors from now on, in this process and those forked from it."""
    # a stranger's wrong host is no error of ours
    ignore_logger("django.security.DisallowedHost")
    sentry_sdk.init(
        dsn=dsn,
        release=f"rapport-{VERSION}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None),
            DjangoIntegration(middleware_spans=False, signals_spans=False),
            CeleryIntegration(),
            ExcepthookIntegration(),
            ThreadingIntegration(),
            AtexitIntegration(callback=lambda _pending, _timeout: None),
            DedupeIntegration(),
        ],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        trace_propagation_targets=[],
        before_send=_without_people,
    )


def _without_people(event: Any, _hint: Any) -> Any:
    """Keep what tells an error and drop what tells a person."""
    method = (event.get("request") or {}).get("method")
    kept = {name: value for name, value in event.items() if name in KEPT}
    contexts = kept.get("contexts") or {}
    kept["contexts"] = {
        name: value for name, value in contexts.items() if name in CONTEXTS
    }
    known = structlog.contextvars.get_contextvars()
    ids = {name: str(known[name]) for name in IDS if name in known}
    kept["tags"] = {**(kept.get("tags") or {}), **ids}
    if method:
        kept["tags"]["method"] = method
    return _hidden(kept)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {name: _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner) for inner in value]
    return value
