"""A shop that sends by django-post_office as it comes: `python -m
benchmarks.bare.post_office_shop DATABASE-URL PORT`.

Reads JSON values from the standard input, one a line: the words of a template or null,
then mails (to, subject, text, html, context). Queues the mails, by a template and their
contexts where there are words, and prints the seconds that its own command takes to
send them. The database is its own, in the same server.
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
    print(
        json.dumps(
            {"seconds": time.perf_counter() - started, "n": n, "sent": _n_sent()}
        )
    )


def _queue() -> int:
    from post_office import mail  # needs the settings
    from post_office.models import EmailTemplate

    words, *mails = (json.loads(line) for line in sys.stdin)
    template = words and EmailTemplate.objects.create(
        name=str(time.time()),
        subject=words["subject"],
        content=words["text"],
        html_content=words["html"],
    )
    mail.send_many(
        [_by_template(one, template) if template else _finished(one) for one in mails]
    )
    return len(mails)


def _finished(one: dict) -> dict:
    words = {
        "subject": one["subject"],
        "message": one["text"],
        "html_message": one["html"],
    }
    return {"recipients": [one["to"]], **words}


def _by_template(one: dict, template: object) -> dict:
    return {
        "recipients": [one["to"]],
        "template": template,
        "context": one["context"],
        "render_on_delivery": True,
    }


def _n_sent() -> int:
    from post_office.models import STATUS, Email

    n = Email.objects.filter(status=STATUS.sent).count()
    Email.objects.all().delete()
    return n


if __name__ == "__main__":
    main(*sys.argv[1:])
