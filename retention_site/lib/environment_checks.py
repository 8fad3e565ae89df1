"""What a real host still lacks, as warnings of `manage.py check --deploy`."""

import os
from typing import Any

from django.core import checks

from retention_site.lib import environment


@checks.register(deploy=True)
def lacking(**_options: Any) -> list[checks.CheckMessage]:
    return [
        checks.Warning(hint, id="rapport.W001")
        for hint in environment.hints(os.environ)
    ]
