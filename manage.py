#!/usr/bin/env python3
"""Rapport's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    from retention_site.lib import embedded

    try:
        # before Django: settings only say where the servers are
        embedded.ensure(sys.argv[1:])
    except embedded.ServiceError as error:
        sys.exit(str(error))
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from retention_site.lib import disk

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.exit(
            disk.sentence(error)
            or f"The database is away: {str(error).strip().splitlines()[0]}"
        )
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
