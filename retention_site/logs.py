"""Structured logs: one line an event, as text for people or JSON for machines; on
stderr, nobody's address in it.
"""

import logging
import logging.config
from typing import Any

import structlog

from retention_site.lib.security.log_redaction import hide

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    hide,
]


class RefusalsInOneLine(logging.Filter):
    """A request that was refused is one line: what went wrong here has a traceback,
    what was asked wrongly none.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.") and record.levelno < logging.ERROR:
            record.exc_info = record.exc_text = None
        return True


def configure(options: dict[str, Any]) -> None:
    """Set up logging; ``options`` has ``level``, ``as_json`` and ``sentry_dsn``."""
    if options.get("sentry_dsn"):
        # half a second that shops without it need not wait
        from retention_site.lib import error_reports

        error_reports.start(options["sentry_dsn"])
    renderer = (
        structlog.processors.JSONRenderer()
        if options["as_json"]
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        renderer,
                    ],
                    "foreign_pre_chain": SHARED,
                }
            },
            "filters": {"refusals": {"()": RefusalsInOneLine}},
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "line",
                    "filters": ["refusals"],
                }
            },
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {"axes": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
        }
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
