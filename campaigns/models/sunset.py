"""Whom the rule about long silence began to hold back, or would have."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SunsetCase(models.Model):
    """One customer who did not answer for long, when that was first found; an exempt
    one is written to as before, so that it shows what the rule does.
    """

    customer = models.OneToOneField(
        "profiles.Customer", models.CASCADE, related_name="sunset_case"
    )
    is_exempt = models.BooleanField(_("exempt"))
    exempt_share = models.FloatField(_("share of the exempt"))
    began_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("long silence")
        verbose_name_plural = _("long silences")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.began_at:%Y-%m-%d}"
