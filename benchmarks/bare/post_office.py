"""django-post_office beside us: fetched into a folder of the benchmark, at its
defaults, on the same bodies.

They are rendered by us beforehand, or by its own templates when it sends.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Any

VERSION = "django-post_office==3.12.0"
DATABASE = "post_office"


class PostOffice:
    """A shop of its own in the same database server, sending to the same mail server."""

    def __init__(self, port: int) -> None:
        from django.db import connection

        from retention_site.lib import embedded

        self.port = str(port)
        self.folder = tempfile.mkdtemp(prefix="post-office-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--target",
            self.folder,
            VERSION,
        ]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
        self.url = embedded.database_url().replace(
            f"/{embedded.DATABASE}?", f"/{DATABASE}?"
        )

    def rate(self, run: Any, words: dict[str, str] | None = None) -> float:
        """Send the mails of a run and return how many a second, from the first look at
        the queue to the last result.

        With ``words`` they are rendered as they are sent, else they are finished
        before.
        """
        answer = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.bare.post_office_shop",
                self.url,
                self.port,
            ],
            input="\n".join([json.dumps(words), *_mails(run)]),
            env={**os.environ, "PYTHONPATH": self.folder},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        said = json.loads(answer.stdout.splitlines()[-1])
        assert said["sent"] == said["n"] == run.n_audience, said
        # they left by another way: ours has nothing to do with them
        run.messages.update(state="cancelled")
        return float(said["n"] / said["seconds"])


def _mails(run: Any) -> list[str]:
    from campaigns.delivery.claim import load
    from campaigns.models import Message
    from campaigns.rendering import links
    from campaigns.rendering.compose import compose

    messages = load(list(Message.objects.filter(run=run).values_list("pk", flat=True)))
    rendered = compose(messages).rendered
    return [
        json.dumps(
            {
                "to": one.customer.email,
                "subject": said.subject,
                "text": said.text,
                "html": said.html,
                "context": {
                    **one.context,
                    "unsubscribe_url": links.unsubscribe_url(one.pk),
                },
            }
        )
        for one in messages
        for said in (rendered[one.pk],)
    ]
