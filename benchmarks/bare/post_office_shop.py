"""A shop that sends by django-post_office as it comes: `python -m benchmarks.bare.post_office_shop DATABASE-URL PORT`.

Reads mails from the standard input, one JSON object a line (to, subject, text, html), queues them, and prints the
seconds that its own command takes to send them. The database is its own, in the same server.
"""

import json
import sys
import time

import django
import environ
from django.conf import settings
from django.core.management import call_command


def main(database_url: str, port: str) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={"default": environ.Env().db_url_config(database_url)},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=int(port),
        DEFAULT_FROM_EMAIL="hello@shop.example",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
        SECRET_KEY="of a benchmark",  # noqa: S106  nothing is signed
    )
    django.setup()
    call_command("migrate", verbosity=0)
    n = _queue()
    started = time.perf_counter()
    call_command("send_queued_mail", verbosity=0)
    print(json.dumps({"seconds": time.perf_counter() - started, "n": n, "sent": _n_sent()}))


def _queue() -> int:
    from post_office import mail  # needs the settings

    mails = [json.loads(line) for line in sys.stdin]
    mail.send_many(
        [
            {
                "recipients": [one["to"]],
                "subject": one["subject"],
                "message": one["text"],
                "html_message": one["html"],
            }
            for one in mails
        ]
    )
    return len(mails)


def _n_sent() -> int:
    from post_office.models import STATUS, Email

    n = Email.objects.filter(status=STATUS.sent).count()
    Email.objects.all().delete()
    return n


if __name__ == "__main__":
    main(*sys.argv[1:])
