"""What became of our messages and coupons."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from ..fields import Choice, Days, Field, OneOrMore, Whole
from .event_count import EventCount

DONE = {
    "sent": gettext_lazy("was sent a message"),
    "opened": gettext_lazy("opened a message"),
    "clicked": gettext_lazy("clicked in a message"),
    "issued": gettext_lazy("was given a coupon"),
    "redeemed": gettext_lazy("redeemed a coupon"),
}
TYPES = {
    "sent": "message_sent",
    "opened": "message_opened",
    "clicked": "message_clicked",
    "issued": "coupon_issued",
    "redeemed": "coupon_redeemed",
}


class Message(EventCount):
    """Was sent, opened or clicked a message, was given or redeemed a coupon, so many
    times.
    """

    title = gettext_lazy("received, opened, clicked, redeemed")
    fields: ClassVar[tuple[Field, ...]] = (
        Choice("did", gettext_lazy("what"), is_required=True, options=DONE),
        OneOrMore("campaign_id", gettext_lazy("campaign"), source="campaign"),
        Days("within_days", gettext_lazy("within the last days"), is_usual=True),
        Whole("at_least", gettext_lazy("at least"), is_usual=True, least=1),
        Whole("at_most", gettext_lazy("at most"), least=0),
    )
    starts_with: ClassVar = {"did": "opened", "at_least": 1, "within_days": 30}
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"did": "opened", "within_days": 200},
        {"did": "opened", "at_most": 1},
    )

    def check(self) -> None:
        self.values |= {"type": (TYPES[self.did],), "count": "events"}
        self.values |= dict.fromkeys(("item", "coupon_code", "properties"))
        super().check()

    def verb(self) -> str:
        return str(DONE[self.did])
