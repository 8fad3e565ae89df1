"""A customer of whom something is held in every store, brought in by the ways of the
product.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import joblib
import numpy as np
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from campaigns.delivery import send
from campaigns.delivery.track import bot_detection, engagement
from campaigns.inbound import webhook_processing, webhook_receipt
from campaigns.models import (
    Alert,
    Attempt,
    CapSlot,
    Coupon,
    CouponPool,
    InboundWebhook,
    JourneyEnrolment,
    Message,
    Recipient,
    StoredReport,
    TrackedLink,
)
from campaigns.offers.points.ledger import Award, award
from profiles import history
from profiles.intake import imports, uploads
from profiles.intake.sources import source_webhooks
from profiles.intake.tracking import take
from profiles.models import Customer, IdempotentCall, InboundSource, Job, JobLine
from recommender import model_files
from recommender.engines.look_alike import LookAlike
from recommender.matrices.interaction_matrix import Interactions
from recommender.models import ModelVersion
from recommender.vectors import places, store
from recommender.vectors.item_space import About, Places, keep
from tests import factories
from tests.sending import Sender, make_hook, make_send

FIRST, LAST, STREET = "Adalbertine", "Quexworth", "Xylophonweg 17"
EMAIL, OLD_EMAIL = "adalbertine@quexworth.example", "dd.quex@old.example"
PHONE, AS_TYPED = "+4930901820777", "030 9018 20777"
ID, SECOND_ID, ANONYMOUS, BROWSER, TOKEN = (
    "CUST-QX-1",
    "CUST-QX-2",
    "anon-7f3a9c21-qx",
    "anon-90beef12-qx",
    "tok-qx-1",
)
WORDS = (
    FIRST,
    LAST,
    STREET,
    EMAIL,
    OLD_EMAIL,
    PHONE,
    AS_TYPED,
    "309018 20777",
    ID,
    SECOND_ID,
    ANONYMOUS,
    BROWSER,
    TOKEN,
    "my words of the search",
    EMAIL.replace("@", "%40"),
)
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
EVENT_FILE = (
    "event_id,customer_id,type,at,item_id,quantity,price,anonymous_id\n"
    f"file-1,{ID},purchase,2025-03-02T10:00Z,oat,1,2.50,{BROWSER}\n"
    "file-2,somebody-else,purchase,2025-03-02T11:00Z,oat,1,2.50,\n"
    f"file-3,{ID},purchase,2025-03-99T10:00Z,oat,1,2.50,\n"
    "file-4,somebody-else,purchase,2025-03-99T10:00Z,oat,1,2.50,\n"
)
CUSTOMER_FILE = (
    "customer_id,email,first_name,last_name,phone\n"
    f"{ID},{EMAIL},{FIRST},{LAST},{PHONE}\n"
    f"{SECOND_ID},no address at all,{FIRST},{LAST},\n"
    "somebody-else,some@body.example,Bo,Else,\n"
)
CONSENT_FILE = f"customer_id,channel,status,at\n{ID},email,granted,2025-01-01T00:00Z\n"
MESSAGES = [
    {
        "type": "identify",
        "messageId": "m1",
        "timestamp": AT.isoformat(),
        "userId": ID,
        "anonymousId": ANONYMOUS,
        "traits": {
            "email": EMAIL,
            "phone": PHONE,
            "firstName": FIRST,
            "lastName": LAST,
            "street": STREET,
        },
    },
    {
        "type": "track",
        "event": "Products Searched",
        "messageId": "m2",
        "timestamp": AT.isoformat(),
        "anonymousId": ANONYMOUS,
        "properties": {"query": "my words of the search"},
        "context": {"device": {"token": TOKEN, "type": "android"}},
    },
    {
        "type": "identify",
        "messageId": "m3",
        "timestamp": AT.isoformat(),
        "userId": SECOND_ID,
        "traits": {"email": OLD_EMAIL, "firstName": FIRST},
    },
    {
        "type": "identify",
        "messageId": "m4",
        "timestamp": (AT + timedelta(1)).isoformat(),
        "userId": SECOND_ID,
        "traits": {"email": EMAIL},
    },
    {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "m5",
        "timestamp": "never",
        "userId": ID,
        "properties": {"note": f"call me, {FIRST}: {AS_TYPED}"},
    },
    {
        "type": "track",
        "event": "Product Viewed",
        "messageId": "m6",
        "timestamp": "never",
        "userId": "somebody-else",
        "properties": {"quantity": 1},
    },
]


@dataclass(frozen=True)
class Whole:
    """The person's rows by primary key, and who can sign what the shop posts."""

    customers: tuple[int, ...]
    sender: Sender
    slug: str


def make_whole(folder: Path) -> Whole:
    """Bring the person in, write to them, and leave traces in every place."""
    bring_in(folder)
    person = Customer.objects.get(external_id=ID)
    derive(person)
    write_to(person)
    sender, slug = post_webhooks()
    leave_traces(person)
    history.refresh()
    family = Customer.objects.filter(pk=person.pk) | Customer.objects.filter(
        merged_into=person
    )
    return Whole(
        tuple(family.order_by("pk").values_list("pk", flat=True)), sender, slug
    )


def bring_in(folder: Path) -> None:
    """Send what the shop sends, import what it exports."""
    take(MESSAGES, source="web")
    import_all(folder / "files", events=EVENT_FILE)
    source, _secret = source_webhooks.make("shop", "mapped", secret="x" * 32)
    InboundSource.objects.filter(pk=source.pk).update(
        sample={"buyer": {"email": EMAIL}}
    )
    uploads.take("people.csv", [CUSTOMER_FILE.encode()])
    uploads.take("people.csv.gz", [gzip.compress(CUSTOMER_FILE.encode())])


def import_all(folder: Path, *, events: str) -> None:
    """Import the shop's files from a folder of their own."""
    folder.mkdir()
    for kind, content in (
        ("customers", CUSTOMER_FILE),
        ("events", events),
        ("consents", CONSENT_FILE),
    ):
        path = folder / f"{kind}.csv"
        path.write_text(content)
        imports.load(kind, path)


def derive(person: Customer) -> None:
    """What is computed of a customer; a trained model that compares customers."""
    factories.make_portrait(person, favourite=LAST)
    factories.make_score(person)
    factories.make_recommendations(person, factories.make_item(external_id="bread"))
    factories.make_segment().memberships.create(customer=person, joined_at=AT)
    ages = [1.0, 2.0, 3.0]
    past = Interactions.from_columns(
        [person.pk, 99_999_999], 3, customer=[0, 0, 1], item=[0, 1, 2], age_days=ages
    )
    place(person)
    folder = Path(settings.MODEL_DIR) / "recommender" / "v1"
    folder.mkdir(parents=True)
    joblib.dump({"parts": [LookAlike().fit(past, None)]}, folder / "model.joblib")
    # a file that learning did not record is never opened
    files = model_files.recorded(folder)
    ModelVersion.objects.create(
        model="recommender", version="v1", card={}, as_of=AT, files=files
    )


def place(person: Customer) -> None:
    """Vectors: of the person, of what they searched for, of what others say too."""
    store.keep(
        "space", ["my words of the search", "oat bread"], np.ones((2, 4), np.float32)
    )
    about = About("space", "model", AT.isoformat(), "", 1, 2)
    keys, one = np.array([person.pk, 99_999_999]), np.ones(1, np.int64)
    tastes = np.ones((2, 4), np.float16)
    middle, items = np.zeros(4, np.float32), np.ones((1, 4), np.float32)
    keep(
        Places(
            about, middle, ("bread",), items, one.astype(np.int32), one, keys, tastes
        )
    )


def write_to(person: Customer) -> None:
    """Send by mail, text message and push into the sinks; open and click."""
    for channel in ("email", "sms", "push"):
        factories.make_consent(person, channel, at=AT)
        run = make_send(1, channel, customers=[person])
        about = {"customer": {"first_name": FIRST, "traits": {"street": STREET}}}
        Message.objects.filter(run=run).update(context=about, why=f"{FIRST} came often")
    send.drain("bulk")
    message = Message.objects.filter(customer=person, channel="email").get()
    link = TrackedLink.objects.create(
        key="k", url=f"https://shop.example/?to={EMAIL.replace('@', '%40')}"
    )
    seen = bot_detection.weigh(
        method="GET",
        headers={"user-agent": "Mozilla"},
        address="192.0.2.7",
        seconds_since_sent=99,
    )
    engagement.click(message, link.url, seen)
    Attempt.objects.filter(message=message).update(detail=f"250 <{EMAIL}> taken")
    CapSlot.objects.create(
        customer=person, rule="per_day", window="2025-03-01", n=1, message=message
    )
    Recipient.objects.create(
        campaign=message.campaign, customer=person, coupon_code="C0DE"
    )
    waiting = make_send(1, "email", customers=[person])
    Message.objects.filter(run=waiting).update(
        not_before=datetime(2099, 1, 1, tzinfo=UTC), subject=FIRST
    )
    JourneyEnrolment.objects.create(
        journey=waiting.campaign,
        version=waiting.version,
        customer=person,
        key=f"cart_id:{EMAIL}",
        occurrence=f"cart_id:{EMAIL}",
        arm="message",
        propensity=1,
        data={"name": FIRST},
        entered_at=AT,
    )


def post_webhooks() -> tuple[Sender, str]:
    """One that is processed and one that waits."""
    hook, secret = make_hook(key_field="cart.id")
    sender = Sender(secret)
    payload = {
        "customer_id": ID,
        "cart": {"id": f"cart of {EMAIL}"},
        "name": f"{FIRST} {LAST}",
    }
    webhook_receipt.receive(hook.slug, *sender.signed(payload, "evt_1"))
    webhook_processing.process()
    send.drain("triggered")
    give_coupon(Message.objects.get(dedupe_key__contains=EMAIL))
    webhook_receipt.receive(
        hook.slug, *sender.signed(payload | {"cart": {"id": "k2"}}, "evt_2")
    )
    return sender, hook.slug


def give_coupon(message: Message) -> None:
    """A coupon as the books know it: by the message's own key."""
    pool = CouponPool.objects.create(
        name="p", currency="EUR", cap=9, budget=90, n_issued=1, committed=5
    )
    given = {
        "code": "C0DE",
        "value": 5,
        "customer": message.customer,
        "grant_key": message.dedupe_key,
    }
    Coupon.objects.create(pool=pool, issued_at=AT, expires_at=AT, **given)
    Message.objects.filter(pk=message.pk).update(offer={"code": "C0DE", "value": "5"})
    if message.customer is not None:
        award(Award(message.customer, 5, f"review of {EMAIL}", note=FIRST), at=AT)


def leave_traces(person: Customer) -> None:
    """Words in places that are about something else."""
    job = Job.objects.create(
        kind="import", title="Import", error=f"line 7: {EMAIL} is no number"
    )
    JobLine.objects.create(job=job, text=f"read the row of {EMAIL}")
    IdempotentCall.objects.create(
        key="a", request="b", status=200, body=json.dumps({"to": EMAIL})
    )
    LogEntry.objects.log_actions(
        factories.make_marketer().pk, [person], CHANGE, "looked at", single_object=False
    )
    logs = Path(settings.DATA_DIR) / "logs"
    logs.mkdir(exist_ok=True)
    samples = [
        {"customer": one, "customer_pk": pk, "text": f"Dear {one}"}
        for one, pk in ((FIRST, person.pk), ("Bo", 99_999_999))
    ]
    StoredReport.objects.create(
        kind="rehearsal", as_of=AT, result={"parts": [{"samples": samples}]}
    )
    Alert.objects.create(kind="generated", words=f"{EMAIL} bounced")
    (logs / "web.log").write_text(
        f"a line before\n2025-03-01 no answer for {EMAIL}, {FIRST} {LAST}\na line"
        " after\n"
    )


def crowd() -> list[int]:
    """Return whom the trained model remembers."""
    model = joblib.load(
        Path(settings.MODEL_DIR) / "recommender" / "v1" / "model.joblib"
    )
    return np.asarray(model["parts"][0].keys_).tolist()


def placed(customer: int) -> float:
    """Return how far from nothing a customer's vector is."""
    vector = places().of_customer(customer)
    return float(np.abs(vector).sum())


def encoded() -> list[bool]:
    """Return whether the person's own words are held as a vector, and whether those of
    everybody are.
    """
    held = store.held("space")
    return (
        held.find(store.digests(["my words of the search", "oat bread"])) >= 0
    ).tolist()


def entries() -> int:
    """Return how many entries the admin's log has about customers."""
    return LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Customer)
    ).count()


def waiting_calls() -> int:
    return InboundWebhook.objects.filter(state="received").count()
