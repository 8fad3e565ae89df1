"""What chance decided beyond one campaign, and what was worked out for a page to show."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Holdout(models.Model):
    """The share of all customers whom no marketing reaches, drawn by a salted hash; the
    newest row holds.

    Rows share one salt: a larger share keeps everybody who was held out before.
    """

    share = models.FloatField(_("share"))
    salt = models.TextField(_("salt"), help_text=_("Drawn once for the shop's life."))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("global holdout")
        verbose_name_plural = _("global holdouts")
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gte=0, share__lte=0.5), name="holdout_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.share:.1%}"


class LayerSlice(models.Model):
    """A campaign's part [low, high) of a layer: campaigns of one layer never share a
    customer.
    """

    layer = models.TextField(_("layer"))
    campaign = models.OneToOneField(
        Campaign, models.CASCADE, related_name="layer_slice"
    )
    low = models.FloatField(_("from"))
    high = models.FloatField(_("to"))

    class Meta:
        verbose_name = _("layer slice")
        verbose_name_plural = _("layer slices")
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gte=0, high__gt=F("low"), high__lte=1),
                name="layer_slice_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.layer} {self.low:.0%}–{self.high:.0%}"


class StoredReport(models.Model):
    """The newest answer to one question, worked out by a job so that no page waits for
    it.
    """

    class Kind(models.TextChoices):
        PROGRAMME = "programme", _("programme")
        REHEARSAL = "rehearsal", _("rehearsal")
        SUNSET = "sunset", _("long silence")

    kind = models.TextField(_("kind"), choices=Kind)
    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="stored_reports", null=True
    )
    as_of = models.DateTimeField(_("as of"))
    result = models.JSONField(_("result"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("stored report")
        verbose_name_plural = _("stored reports")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "campaign"],
                name="stored_report_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.as_of:%Y-%m-%d}"
