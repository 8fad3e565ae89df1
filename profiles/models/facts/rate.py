"""What other currencies are worth."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Rate(models.Model):
    """Units of the shop's currency for one unit of another, from a day on until the
    next rate.
    """

    currency = models.TextField(
        _("currency"),
        validators=[
            RegexValidator("^[A-Z]{3}$", _("Write three capital letters, such as EUR."))
        ],
    )
    date = models.DateField(_("from the day"))
    rate = models.DecimalField(
        _("rate"),
        max_digits=20,
        decimal_places=10,
        help_text=_("Units of the shop's currency for one."),
    )

    class Meta:
        verbose_name = _("rate of a currency")
        verbose_name_plural = _("rates of currencies")
        ordering = ("currency", "-date")
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "date"],
                name="one_rate_a_day",
                violation_error_message=_(
                    "This currency has a rate of that day already."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0),
                name="rate_is_positive",
                violation_error_message=_("A rate must be above 0."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date:%Y-%m-%d}"

    def clean(self) -> None:
        if self.currency == settings.SHOP_CURRENCY:
            raise ValidationError(
                {"currency": _("This is the shop's own currency: it needs no rate.")}
            )
