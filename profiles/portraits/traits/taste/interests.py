"""What sets a customer's taste apart: handed in by whoever reads texts."""

from django.utils.translation import gettext_lazy as _

from ..contract import Meaning


class Interests(Meaning):
    key = "interests"
    title = _("Interests")
    definition = _(
        "Up to three categories, the most telling first, that a language model finds"
        " nearest to what the customer searched for, wrote, viewed and bought, after"
        " taking off what all customers have in common."
    )
