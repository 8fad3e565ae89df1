"""The brake: what paused by itself, why, and who let it go on; what was sent, by time."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Brake(models.Model):
    """A campaign, or all marketing, stood still by itself: the figures that did it.

    Only a person ends it.
    """

    class Kind(models.TextChoices):
        COMPLAINTS = "complaints", _("complaints")
        BOUNCES = "bounces", _("bounces")
        UNSUBSCRIBES = "unsubscribes", _("unsubscribes")
        VOLUME = "volume", _("volume")

    campaign = models.ForeignKey(
        Campaign,
        models.CASCADE,
        related_name="brakes",
        null=True,
        help_text=_("Empty: all marketing."),
    )
    kind = models.TextField(_("what"), choices=Kind)
    n = models.PositiveIntegerField(_("counted"))
    of = models.PositiveIntegerField(
        _("out of"), help_text=_("Messages; for volume, those of the busiest day.")
    )
    days = models.PositiveSmallIntegerField(_("within days"))
    at_least = models.FloatField(
        _("at least"), help_text=_("Lower end of the interval.")
    )
    limit = models.FloatField(_("limit"))
    pulled_at = models.DateTimeField(_("since"))
    released_at = models.DateTimeField(_("let go on"), null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("brake")
        verbose_name_plural = _("brakes")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(released_at=None),
                nulls_distinct=False,
                name="brake_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign or _('all marketing')}: {self.get_kind_display()}"


class SentCount(models.Model):
    """How many messages of a campaign left within ten minutes, by the shop's clock."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="sent_counts")
    begins_at = models.DateTimeField(_("from"), db_index=True)
    n = models.PositiveIntegerField(_("messages"), db_default=0)

    class Meta:
        verbose_name = _("messages sent")
        verbose_name_plural = _("messages sent")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "begins_at"], name="sent_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.begins_at:%Y-%m-%d %H:%M}: {self.n}"
