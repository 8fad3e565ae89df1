"""Personalised e-mail from queued to sent with every guarantee: intent on disk first,
result after, caps and consent.

The mail is a page of about 6 kB: eight products, coupon, tracked links, unsubscribe.
PostgreSQL, two worker processes and the mail server share the machine. The server only
counts: it speaks SMTP with pipelining and keeps nothing. Beside it, in turns:
django-post_office at its defaults on the same bodies, finished before or rendered as it
sends; two plain loops (Django's e-mail classes, one save a message); and how fast the
server takes bytes that are ready.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.bare.post_office import PostOffice
from benchmarks.figures import Figure

N_MESSAGES, N_WORKERS, N_RUNS = 4000, 2, 5
N_PLAIN = 600  # of the slower ones
FONT = "Helvetica,Arial,sans-serif"
PRODUCT = f"""<tr><td style="padding:12px 0;border-bottom:1px solid #e5e7eb;font:15px/22px {FONT}">
<a href="{{{{ one.url }}}}" style="color:#111827;text-decoration:none"><b>{{{{ one.title }}}}</b></a>
<div style="color:#6b7280;font-size:13px">{{{{ one.reason }}}}</div></td></tr>"""
PAGE = f"""<html><head><style>.note {{ color: #6b7280 }} @media (max-width: 600px) {{ .card {{ width: 100% }} }}</style>
</head><body style="margin:0;background:#f4f4f5">
<table class="card" width="600" align="center" style="background:#ffffff;padding:24px">
<tr><td><h1 style="font:24px/32px {FONT}">Dear {{{{ customer.first_name }}}}</h1>
<p style="font:16px/24px {FONT}">It has been a while. Here is something to come back for.</p>
{{% if coupon %}}<p style="font-size:22px">{{{{ coupon.code }}}} is worth {{{{ coupon.worth }}}}</p>{{% endif %}}
</td></tr>{{% for one in recommendations %}}{PRODUCT}{{% endfor %}}
<tr><td><a href="https://shop.example/" style="padding:12px 24px;background:#4f46e5;color:#fff">Go to the shop</a></td>
</tr><tr><td class="note"><a href="{{{{ unsubscribe_url }}}}">Unsubscribe</a></td></tr></table></body></html>"""
WORDS = {
    "subject": (
        "{% if coupon %}{{ coupon.worth }} for your next visit{% endif %}, {{"
        " customer.first_name }}"
    ),
    "html": PAGE,
    "text": (
        "Dear {{ customer.first_name }}\n{% for one in recommendations %}{{ one.title"
        " }}: {{ one.url }}{% endfor %}{{ unsubscribe_url }}"
    ),
}
STAGES = {
    "claim": "campaigns.delivery.send.claim",
    "gates": "campaigns.delivery.prepare.candidates",
    "caps": "campaigns.delivery.limits.caps.take",
    "render": "campaigns.delivery.prepare.compose",
    "links": "campaigns.rendering.link_tracking.tracked",
    "intent": "campaigns.delivery.send.intend",
    "MIME": "campaigns.delivery.channels.email.letter",
    "wire": "campaigns.delivery.channels.mail.smtp.deliver",
    "result": "campaigns.delivery.send.record",
    "facts": "campaigns.customer_events.record_sent",
}


def measure() -> Iterator[Figure]:
    _make_shop()
    server = _MailServer()
    os.environ["EMAIL_URL"] = (
        f"smtp://127.0.0.1:{server.port}?lookup=http://127.0.0.1:9/seen"
    )
    from django.conf import settings

    settings.EMAIL_URL = os.environ["EMAIL_URL"]
    version = _version()
    office = PostOffice(server.port)
    ours, theirs, personal, plain = [], [], [], []
    for _ in range(N_RUNS):
        ours.append(_rate(_queued(version, N_MESSAGES), server, _drain))
        theirs.append(office.rate(_queued(version, N_PLAIN)))
        personal.append(office.rate(_queued(version, N_PLAIN), WORDS))
        plain.append(_rate(_queued(version, N_PLAIN), server, _plain_loop))
    ceiling = _ceiling()
    rate = statistics.median(ours)
    yield Figure(
        "sent by two workers",
        rate,
        "messages/s",
        statistics.median(theirs),
        "django-post_office",
    )
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    yield Figure(
        "times django-post_office, bodies finished before",
        statistics.median(ratios),
        "",
        4,
        "wanted",
    )
    ratios = [one / other for one, other in zip(ours, personal, strict=True)]
    yield Figure(
        "times django-post_office, its own templates",
        statistics.median(ratios),
        "",
        4,
        "wanted",
    )
    yield Figure(
        "sent by two workers",
        rate,
        "messages/s",
        statistics.median(plain),
        "plain loops",
    )
    yield Figure("of what the server takes", rate, "messages/s", ceiling, "ready bytes")
    for stage, (seconds, busy) in _stages(version).items():
        yield Figure(
            f"one message: {stage}",
            seconds * 1000,
            "ms",
            busy * 1000,
            "ms of this process",
        )


def _make_shop() -> None:
    import django
    from django.core.management import call_command

    from retention_site.lib import embedded

    embedded.ensure()
    django.setup()
    call_command("migrate", verbosity=0)


def _version() -> Any:
    """Return an approved version of the demo's words."""
    from django.contrib.auth import get_user_model

    from campaigns.content.model import hash_of, stored
    from campaigns.content.parse import read
    from campaigns.lifecycle.campaign_files import settle_words
    from campaigns.models import Campaign, CampaignVersion
    from retention_site.lib.clock import now

    raw = {
        "name": "Benchmark",
        "segment": {"all": []},
        "limits": {"per_week": 3},
        "messages": {"email": WORDS},
    }
    content = stored(read(settle_words(raw), currency="USD", time_zone="UTC"))
    users = [
        get_user_model().objects.create(username=name)
        for name in ("author", "approver")
    ]
    return CampaignVersion.objects.create(
        campaign=Campaign.objects.create(name="Benchmark"),
        number=1,
        content=content,
        hash=hash_of(content),
        salt="s",
        state="approved",
        author=users[0],
        approver=users[1],
        approved_at=now(),
    )


def _queued(version: Any, n: int) -> Any:
    """Return a run with ``n`` messages waiting, each for a new customer."""
    from datetime import timedelta

    from django.db import connection

    from campaigns.models import Message, Run
    from profiles.models import Consent, Customer
    from retention_site.lib.clock import now

    run = Run.objects.create(
        campaign=version.campaign,
        version=version,
        key=f"run {time.time()}",
        started_by="benchmark",
        state="sending",
        as_of=now(),
        known_at=now(),
        n_audience=n,
    )
    people = Customer.objects.bulk_create(
        Customer(
            external_id=f"{run.pk}-{i}",
            email=f"c{run.pk}-{i}@shoppers.example",
            first_name="Mary",
        )
        for i in range(n)
    )
    Consent.objects.bulk_create(
        Consent(
            customer=one,
            channel="email",
            status="granted",
            at=now() - timedelta(days=9),
        )
        for one in people
    )
    Message.objects.bulk_create(
        Message(
            run=run,
            campaign=version.campaign,
            customer=one,
            dedupe_key=f"{run.pk}:{one.pk}",
            state="queued",
            arm="message",
            channel="email",
            context=_context(one.pk),
            not_before=now(),
            expires_at=now() + timedelta(days=3),
        )
        for one in people
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return run


def _context(pk: int) -> dict[str, Any]:
    """Return what the template is given, in the form that planning stores it."""
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal

    from campaigns.rendering.template_context import (
        Card,
        CouponFacts,
        Person,
        Visits,
        context,
    )

    cards = [
        Card(
            item_id=str(n),
            title=f"Oat bread {n}",
            reason="You buy this often",
            url=f"https://shop.example/i/{n}",
        )
        for n in range(8)
    ]
    moment = datetime.now(UTC)
    coupon = CouponFacts(
        f"CODE{pk}", Decimal(5), "USD", moment + timedelta(days=21), Decimal(0)
    )
    person = Person(external_id=str(pk), first_name="Mary")
    return context(
        person,
        now=moment,
        visits=Visits(),
        cards=cards,
        coupon=coupon,
        why="",
        data=None,
    )


def _rate(run: Any, server: _MailServer, work: Callable[[Any, int], None]) -> float:
    """Return messages a second of two processes, from the first claim to the last
    result.
    """
    from tests.faults.forks import in_processes

    before, n = server.settled(), run.n_audience
    started = time.perf_counter()
    in_processes([partial(work, run, worker) for worker in range(N_WORKERS)])
    seconds = time.perf_counter() - started
    taken = server.settled() - before
    assert taken == n, (taken, n)
    return n / seconds


def _drain(_run: Any, _worker: int = 0) -> None:
    from campaigns.delivery import send

    send.drain("bulk")


def _plain_loop(run: Any, worker: int) -> None:
    """Send this worker's share of a run as a plain program would: render, build with
    Django's classes, send, save.
    """
    from django.core.mail import EmailMultiAlternatives, get_connection

    from campaigns.delivery.claim import load
    from campaigns.models import Message
    from campaigns.rendering.compose import say

    host, port = (
        "127.0.0.1",
        int(os.environ["EMAIL_URL"].partition("?")[0].rpartition(":")[2]),
    )
    ids = Message.objects.filter(run=run).order_by("pk").values_list("pk", flat=True)
    with get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host=host, port=port
    ) as connection:
        for pk in list(ids)[worker::N_WORKERS]:
            (message,) = load([pk])
            said = say(message)
            mail = EmailMultiAlternatives(
                said.subject,
                said.text,
                "hello@shop.example",
                [message.customer.email],
                connection=connection,
            )
            mail.attach_alternative(said.html, "text/html")
            mail.send()
            message.state = "sent"
            message.save(update_fields=["state"])


def _ceiling() -> float:
    """Return how many ready messages a second the server takes over two pipelined
    connections.
    """
    from campaigns.delivery.channels.endpoints import endpoint
    from campaigns.delivery.channels.mail.smtp import Conversation, Letter, deliver
    from tests.faults.forks import in_processes

    body = b"Subject: x\r\n\r\n" + (b"x" * 76 + b"\r\n") * 350
    letters = [Letter("a@shop.example", f"c{n}@x.example", body) for n in range(2000)]

    def send() -> None:
        conversation = Conversation(endpoint("email"), 10)
        conversation.connect()
        for _ in deliver(conversation, letters, lambda: True):
            pass

    started = time.perf_counter()
    in_processes([send] * N_WORKERS)
    return N_WORKERS * len(letters) / (time.perf_counter() - started)


def _stages(version: Any) -> dict[str, tuple[float, float]]:
    """Return the seconds that one message takes in each stage, one worker alone: by the
    clock, and of its processor.
    """
    import importlib

    run = _queued(version, N_MESSAGES // 2)
    spent = {stage: _Spent() for stage in [*STAGES, "everything"]}
    for stage, path in STAGES.items():
        module, _, name = path.rpartition(".")
        home = importlib.import_module(module)
        setattr(home, name, spent[stage].timed(getattr(home, name)))
    spent["everything"].timed(_drain)(run)
    return {
        stage: (one.seconds / run.n_audience, one.busy / run.n_audience)
        for stage, one in spent.items()
    }


class _Spent:
    """Time spent in one function."""

    def __init__(self) -> None:
        self.seconds, self.busy = 0.0, 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any, **options: Any) -> Any:
            started, busy = time.perf_counter(), time.process_time()
            answer = function(*arguments, **options)
            if hasattr(answer, "__next__"):
                answer = iter(list(answer))
            self.seconds += time.perf_counter() - started
            self.busy += time.process_time() - busy
            return answer

        return measured


class _MailServer:
    """A mail server in a process of its own that counts messages and keeps nothing."""

    def __init__(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        self._count, write = os.pipe()
        self.n_taken = 0
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # the parent's figures must not wait for this process
            _serve(listener, write)
        atexit.register(os.kill, pid, signal.SIGKILL)
        threading.Thread(target=self._read, daemon=True).start()

    def settled(self) -> int:
        """Return how many messages were taken, once everything that is under way has
        been counted.
        """
        seen = -1
        while seen != self.n_taken:
            seen = self.n_taken
            time.sleep(0.5)
        return seen

    def _read(self) -> None:
        while said := os.read(self._count, 65536):
            self.n_taken += len(said)


def _serve(listener: socket.socket, count: int) -> None:
    import asyncio

    class Session(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.buffer, self.is_body = transport, b"", False
            transport.write(b"220 ready\r\n")

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            answers = []
            while answer := self.step():
                answers.append(answer)
            if answers:
                self.transport.write(b"".join(answers))

        def step(self) -> bytes:
            end = b"\r\n.\r\n" if self.is_body else b"\r\n"
            head, found, rest = self.buffer.partition(end)
            if not found:
                return b""
            self.buffer = rest
            if self.is_body:
                self.is_body = False
                os.write(count, b"x")
                return b"250 taken\r\n"
            self.is_body = head.upper() == b"DATA"
            if self.is_body:
                return b"354 go on\r\n"
            return (
                b"250-bench\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
                if head[:4].lower() == b"ehlo"
                else b"250 ok\r\n"
            )

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Session, sock=listener)
        await server.serve_forever()

    asyncio.run(forever())
