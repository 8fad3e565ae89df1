"""The end of the demo: what was learned in words, and one customer's story with the
pages to look at.
"""

from typing import Any

from django.conf import settings
from django.urls import reverse

from campaigns.models import Message, Run
from profiles.portraits.store import TraitValue, portrait_of

from .stage import Stage

COMPARED = ("ndcg@10", "recall@20", "auc", "log_loss")


def learned(kind: str, result: dict[str, Any]) -> list[str]:
    """Say what a learning step found, from its own result: groups by name, each metric
    beside its baselines.
    """
    if kind == "groups":
        groups = ", ".join(
            f"“{group['name']}” {group['customers']:,}" for group in result["groups"]
        )
        return [
            f"{groups} (stability {result['stability']:.2f}: adjusted Rand index over"
            " bootstraps)"
        ]
    return [line for card in result.get("cards", []) for line in _card(card)]


def tell(stage: Stage, run: Run) -> dict[str, Any]:
    """Tell the story of one customer who got an offer, and of one who was held out;
    with links.
    """
    sent = (
        run.messages.filter(state__in=Message.REACHED)
        .exclude(offer=None)
        .order_by("pk")
        .first()
    )
    held = (
        run.messages.filter(state=Message.State.HELD, reason="control group")
        .order_by("pk")
        .first()
    )
    stories = [_story(message) for message in (sent, held) if message is not None]
    stage.say("")
    for story in stories:
        stage.say(story["words"])
        stage.say(f"  {story['link']}")
    stage.say(f"Everything that arrived: {settings.BASE_URL}/admin/inbox/")
    return {"stories": stories}


def _card(card: dict[str, Any]) -> list[str]:
    lines = []
    for metric in COMPARED:
        if metric in card["metrics"]:
            rivals = ", ".join(
                f"{name} {values[metric]['value']:.3f}"
                for name, values in card["baselines"].items()
                if values.get(metric, {}).get("value") is not None
            )
            lines.append(
                f"{card['model']} {metric} {card['metrics'][metric]['value']:.3f}"
                f" (beside it: {rivals})"
            )
    return lines


def _story(message: Message) -> dict[str, Any]:
    customer = message.customer
    traits = {line.key: line for line in portrait_of(customer)}
    words = " ".join(
        [f"Customer {customer.external_id}", *_habit(traits), _outcome(message)]
    )
    link = f"{settings.BASE_URL}{reverse('admin:profiles_customer_change', args=[customer.pk])}"
    return {"customer": customer.external_id, "words": words, "link": link}


def _habit(traits: dict[str, TraitValue]) -> list[str]:
    words = []
    if "interval_days" in traits:
        words.append(f"usually comes every {traits['interval_days'].value:.0f} days,")
    if "recency_days" in traits:
        words.append(f"was last seen {traits['recency_days'].value:.0f} days ago,")
    return words


def _outcome(message: Message) -> str:
    if message.state == Message.State.HELD:
        return (
            f"and was held out on purpose ({message.reason}): so we can say later what"
            " the campaign changed."
        )
    said = message.subject or message.body.strip().splitlines()[0]
    return f"and got by {message.channel}: “{said}”. Why: {message.why}"
