"""A small shop with something on every page of the admin: for the page tests, and for
looking at by eye.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any

from campaigns.models import Campaign, CampaignVersion, Coupon, Message, Run
from profiles.models import (
    Consent,
    Customer,
    CustomerGroup,
    HistoryState,
    Item,
    Job,
    JobLine,
    SegmentVersion,
)
from retention_site.lib.clock import now
from tests import factories as make

WORDS = (
    "Sourdough loaf|Oat milk|Dark chocolate|Ground coffee|Tomatoes|Olive"
    " oil|Brie|Pasta|Red wine|Apples".split("|")
)
AISLES = (
    "Bakery > Bread|Dairy > Milk|Sweets > Chocolate|Drinks > Coffee|Produce >"
    " Vegetables".split("|")
)
NAMES = [
    "Ada Moreau",
    "Ben Okafor",
    "Chiara Rossi",
    "Dmitri Volkov",
    "Emi Tanaka",
    "Farid Haddad",
    "Greta Lind",
    "李雷",
]
RULE = {
    "all": [{"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 90}]
}
HOLDS = ("control group", "no consent for e-mail", "weekly limit reached")
STATES = (
    Message.State.SENT,
    Message.State.DELIVERED,
    Message.State.SENT,
    Message.State.BOUNCED,
    Message.State.QUEUED,
)


@dataclass(frozen=True)
class Shop:
    customers: list[Customer]
    items: list[Item]
    campaign: Campaign
    run: Run
    finished: Campaign


def small_shop(
    n_customers: int = 24, *, name: str = "", moment: datetime | None = None
) -> Shop:
    """Fill every page: customers who bought, a segment, a campaign under way, one from
    elsewhere, models, jobs.

    ``name`` is put behind what must be unique, so that a second call adds to the first.
    """
    chance, moment = Random(7), moment or now()
    items = [_item(number, chance) for number in range(20)]
    customers = [
        _customer(number, items, chance, moment, name) for number in range(n_customers)
    ]
    _segment(customers, moment, name)
    campaign = _campaign(name)
    run = _run(campaign, customers, chance, moment)
    _effects(campaign, run)
    _behind_the_scenes(moment, name)
    return Shop(customers, items, campaign, run, _finished(customers, moment, name))


def _item(number: int, chance: Random) -> Item:
    return make.make_item(
        title=f"{WORDS[number % len(WORDS)]} {number}",
        category=AISLES[number % len(AISLES)],
        brand="Northwind" if number % 3 else "",
        price=Decimal(chance.randrange(99, 1999)) / 100,
        description="Baked in the morning, gone by noon.",
    )


def _customer(
    number: int, items: list[Item], chance: Random, moment: datetime, name: str
) -> Customer:
    first, _, last = NAMES[number % len(NAMES)].partition(" ")
    person = make.make_customer(
        first_name=first,
        last_name=last,
        phone=f"+1415555{number:04}",
        region="east",
        country="US",
        language="en",
        age="35-44",
        contacts_are_simulated=True,
        traits={"income": "50-74K"},
    )
    for back in range(3 + number % 5):
        at, order = (
            moment - timedelta(days=9 * back + number % 7, hours=3),
            f"order-{name}{number}-{back}",
        )
        for item in chance.sample(items, 3):
            make.make_event(
                person,
                at=at,
                order_id=order,
                item_id=item.external_id,
                price=item.price,
            )
    make.make_event(
        person, "search", moment - timedelta(days=1), text="bread without sugar"
    )
    make.make_consent(person, "email")
    make.make_consent(person, "sms", Consent.Status.WITHDRAWN)
    make.make_portrait(
        person,
        recency_days=(number % 40, 9),
        n_orders=(3 + number % 5, 9),
        spend=(chance.uniform(20, 900), 9),
        interval_days=(9.0, 8),
        price_sensitivity=(chance.random(), 12),
        favourite_category=("Bread", 20),
        group=("Weekly families", 9),
    )
    make.make_score(
        person,
        "purchase",
        chance.random(),
        reasons=[
            "raises it: last bought 4 days ago, usually every 9",
            "lowers it: 5 orders in 90 days",
        ],
    )
    make.make_score(
        person,
        "value",
        chance.uniform(10, 400),
        reasons=["raises it: 32.10 USD an order"],
    )
    make.make_recommendations(person, *chance.sample(items, 6))
    return person


def _segment(customers: list[Customer], moment: datetime, name: str) -> None:
    members = customers[::2]
    regulars = make.make_segment(
        f"regulars{name}",
        title="Regulars",
        rule=RULE,
        n_members=len(members),
        refreshed_at=moment,
        version=1,
    )
    SegmentVersion.objects.create(segment=regulars, number=1, rule=RULE)
    for member in members:
        regulars.memberships.create(
            customer=member, joined_at=moment - timedelta(days=3)
        )
    for number, title in enumerate(
        ("Weekly families", "Bargain hunters", "Rare big baskets")
    ):
        CustomerGroup.objects.create(
            version=f"groups/1{name}",
            number=number,
            name=title,
            n_customers=8,
            stability=0.93,
            is_current=True,
            features=[
                {"trait": "n_orders", "median": 3.0 * number},
                {"trait": "spend", "median": 40.5},
            ],
        )


LETTER = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
CONTENT = {
    "channels": ["email", "push", "sms"],
    "holdout": 0.2,
    "segment": {"name": "regulars", "rule": RULE},
    "goal": {
        "words": "Regulars buy again",
        "metrics": ["orders", "revenue"],
        "window_days": 28,
    },
    "arms": [{"name": "offer", "weight": 1}],
    "limits": {"per_week": 2},
    "offer": {
        "cap": 100,
        "budget": "500",
        "currency": "USD",
        "value": {"policy": "by_price_sensitivity"},
    },
    "quiet_hours": {"from": "21:00", "to": "08:00", "channels": ["sms", "push"]},
    "messages": {
        "email": {
            "subject": "{{ customer.first_name }}, we kept your bread",
            "text": "Hello",
            "html": LETTER,
        }
    },
}


def _campaign(name: str) -> Campaign:
    campaign = make.make_campaign(
        f"Win back lapsing regulars{name}", goal="Regulars who slipped away buy again"
    )
    make.make_version(campaign, content={"name": campaign.name, **CONTENT})
    make.make_version(
        campaign, CampaignVersion.State.IN_REVIEW, content={**CONTENT, "holdout": 0.1}
    )
    return campaign


def _run(
    campaign: Campaign, customers: list[Customer], chance: Random, moment: datetime
) -> Run:
    run = make.make_run(
        campaign,
        campaign.versions.get(number=1),
        n_audience=len(customers),
        audience_hash="ab12",
        started_by="marketer",
    )
    pool = make.make_coupon_pool(f"{campaign} coupons", campaign=campaign)
    states = itertools.cycle(STATES)
    for number, person in enumerate(customers):
        if number % 4 == 3:
            held = {
                "reason": HOLDS[number % 3],
                "arm": "control" if number % 3 == 0 else "offer",
                "propensity": 0.2,
            }
            make.make_message(
                run,
                person,
                Message.State.HELD,
                **held,
            )
        else:
            _message(
                run,
                person,
                next(states),
                make.make_coupon(pool, person, Decimal(chance.choice([3, 5, 8]))),
                moment,
            )
    pool.n_issued = pool.coupons.count()
    pool.committed = sum(coupon.value for coupon in pool.coupons.all())
    pool.save()
    return run


def _message(
    run: Run, person: Customer, state: str, coupon: Coupon, moment: datetime
) -> None:
    message = make.make_message(
        run,
        person,
        state,
        arm="offer",
        propensity=0.8,
        subject=f"{person.first_name}, we kept your bread",
        body=f"Hello {person.first_name},\nyour code: {coupon.code}\n",
        offer={"code": coupon.code, "value": str(coupon.value)},
        context={"customer": {"first_name": person.first_name}},
        why=(
            "usually comes every 9 days, last seen 41 days ago; $5.00 off because the"
            " usual basket is not known; by email, first open channel"
        ),
        reason="mailbox unknown" if state == Message.State.BOUNCED else "",
    )
    if state in Message.REACHED:
        message.attempts.create(
            n=1,
            channel="email",
            provider="local",
            state="accepted",
            code="250",
            worker="4711",
        )
        message.touchpoints.create(
            kind="click", url="https://shop.example/bread", at=moment
        )
        told = {"text": "When does the sale stop?", "meant": "talk"}
        message.touchpoints.create(kind="reply", evidence=told, at=moment)


def effect(difference: float, low: float, high: float, verdict: str) -> dict[str, Any]:
    """An effect as `manage.py effect` gives it, of two metrics."""
    orders = {
        "arm": "offer",
        "control": "control",
        "metric": "orders",
        "kind": "mean",
        "n": 1000,
        "n_control": 250,
        "mean": 2.1 + difference,
        "mean_control": 2.1,
        "difference": difference,
        "low": low,
        "high": high,
        "p": 0.02,
        "relative": difference / 2.1,
        "relative_low": low / 2.1,
        "relative_high": high / 2.1,
        "verdict": verdict,
        "sentence": (
            f"orders per customer, offer against control: {2.1 + difference:.2f}"
            f" against 2.10, {difference:.2f} more; 95 % interval {low:+.2f} to"
            f" {high:+.2f}. Undecided: with 2 comparisons at once this may be chance."
        ),
    }
    revenue = {
        **orders,
        "metric": "revenue",
        "mean": 61.0,
        "mean_control": 58.9,
        "difference": 2.1,
        "low": -0.4,
        "high": 4.6,
    }
    return {
        "unit": "customer",
        "alpha": 0.05,
        "arms": {"offer": 1000, "control": 250},
        "srm_p": 0.81,
        "refused": None,
        "problems": [],
        "results": [
            orders,
            {
                **revenue,
                "verdict": "undecided",
                "sentence": "Worse. One may stop here.",
            },
        ],
    }


def _effects(campaign: Campaign, run: Run) -> None:
    redraws = {"n": 500, "alpha": 0.05, "rejected": {"orders": 0.048, "revenue": 0.052}}
    redraws |= {"ever_left": 0.014, "watched": "revenue", "looks": 28}
    make.make_effect(
        campaign,
        run,
        "A/A check",
        effect=effect(0.01, -0.2, 0.22, "undecided"),
        redraws=redraws,
    )
    lifts = {"orders": {"lift": 0.6, "smallest_detectable_effect": 0.2}}
    make.make_effect(
        campaign,
        run,
        "simulated lift",
        effect=effect(0.6, 0.35, 0.85, "better"),
        simulated=lifts,
    )


REDEEMED = {"n": 10, "n_redeemed": 2, "share": 0.2}
NAIVE = {
    "difference": 252.0,
    "mean_recipients": 400.0,
    "mean_others": 148.0,
    "warning": (
        "Recipients differ from everybody else by +252.00 USD per customer. This is no"
        " effect: they were chosen, for example because they buy much anyway. Without a"
        " control group no effect is claimed."
    ),
}


def _finished(customers: list[Customer], moment: datetime, name: str) -> Campaign:
    finished = make.make_campaign(
        f"Campaign 18{name}",
        origin=Campaign.Origin.IMPORTED,
        external_id=f"18{name}",
        kind="A",
        starts_at=moment - timedelta(90),
        ends_at=moment - timedelta(50),
    )
    for person in customers[:10]:
        make.make_recipient(finished, person, assigned_at=moment - timedelta(90))
    make.make_effect(
        finished,
        effect=None,
        refused="no control group",
        redemption=REDEEMED,
        naive=NAIVE,
    )
    return finished


CARD = {
    "label": "buys the item again or first",
    "horizon_days": 28,
    "why": "the first that can be compared: ndcg@10 0.4240",
    "windows": {
        "fit": ["2024-01-01", "2024-04-01"],
        "test": ["2024-04-01", "2024-05-01"],
    },
    "n": {"fit": 9000, "test": 2000},
    "metrics": {
        "ndcg@10": {"value": 0.424, "low": 0.41, "high": 0.44},
        "log loss": {"value": 0.31, "low": 0.3, "high": 0.32},
    },
    "baselines": {
        "popularity": {
            "ndcg@10": {"value": 0.185, "low": 0.17, "high": 0.2},
            "log loss": {"value": 0.35},
        },
        "own list": {
            "ndcg@10": {"value": 0.417, "low": 0.4, "high": 0.43},
            "log loss": {"value": 0.33},
        },
    },
    "groups": {
        "0 orders": {"ndcg@10": {"value": 0.19}},
        "4+ orders": {"ndcg@10": {"value": 0.43}},
    },
    "calibration": [
        {"predicted": p / 10, "observed": p / 10 + 0.02, "n": 100 * p}
        for p in range(1, 10)
    ],
    "cost": {"cpu_seconds": 41.2, "peak_mib": 812},
}


def _behind_the_scenes(moment: datetime, name: str) -> None:
    running = make.make_job("portraits", n_chunks=6, n_done=2)
    running.chunks.filter(number=2).update(
        progress=0.4, worker="4711 profiles.tasks.work_jobs", n_attempts=1
    )
    JobLine.objects.create(
        job=running, text="part 3 of 6: 4711 profiles.tasks.work_jobs"
    )
    failed = make.make_job("vectors", Job.State.FAILED)
    Job.objects.filter(pk=failed.pk).update(
        error="The disk is full: item vectors need 120 MB."
    )
    make.make_api_key(name="web shop")
    make.make_quarantined()
    make.make_quarantined(
        "unknown currency", column="currency", row={"currency": "XXQ", "price": "2.99"}
    )
    HistoryState.objects.update_or_create(
        pk=1, defaults={"watermark": 1, "n_events": 40, "refreshed_at": moment}
    )
    make.make_model_card(f"recommender{name}", "2024-05-01", **CARD)


def fill_sinks(folder: Path, n: int = 5) -> None:
    """Write what the local sinks would have taken: letters, text messages,
    notifications.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n):
        raw = _letter(number).as_bytes().decode("latin-1")
        _append(
            folder,
            "email",
            [f"c{number}@customers.example"],
            **{"raw": raw, "from": "hello@rapport.example"},
        )
        text = f"Your bread {number}: CODE{number} https://shop.example/u"
        _append(
            folder, "sms", ["+14155550000"], body={"to": "+14155550000", "text": text}
        )
        note = {"title": "Fresh bread", "body": f"CODE{number} is yours until Sunday"}
        _append(
            folder,
            "push",
            [f"device-{number}"],
            body={"message": {"notification": note}},
        )


def _letter(number: int) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = (
        "Rapport <hello@rapport.example>",
        f"c{number}@customers.example",
    )
    letter["Subject"], letter["Message-ID"] = (
        f"We kept your bread, number {number}",
        f"<{number}@rapport.example>",
    )
    letter.set_content(f"Hello {number}, your code is CODE{number}.")
    html = (
        f"<h1>Hello {number}</h1><p>Your code:"
        f" <b>CODE{number}</b></p><script>document.title = 'ran'</script>"
    )
    letter.add_alternative(html, subtype="html")
    return letter


def _append(folder: Path, channel: str, to: list[str], **facts: Any) -> None:
    line = {
        "at": "2024-05-01T09:30:00+00:00",
        "channel": channel,
        "key": "k",
        "to": to,
        "ref": "r",
        **facts,
    }
    with (folder / f"{channel}.jsonl").open("a") as log:
        log.write(json.dumps(line) + "\n")
