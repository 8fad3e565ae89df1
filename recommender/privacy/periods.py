"""What recommender keeps for a time."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from profiles.privacy import expiry
from profiles.privacy.retention import Kept


class Slates(Kept):
    label = _("Shown lists")
    fate = _(
        "Which items somebody was shown, and how likely, is deleted; lists can't be"
        " judged by it any more."
    )
    days = 400
    by_shop_clock = True

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.delete("recommender_slate", "shown_at < %(before)s", before)
