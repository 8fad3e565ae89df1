"""By which ids a customer is known."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .customer import Customer


class Identity(models.Model):
    """One id, anonymous or known, that leads to a customer."""

    class Kind(models.TextChoices):
        ANONYMOUS = "anonymous_id", _("anonymous id")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        DEVICE = "device", _("device")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    kind = models.TextField(choices=Kind)
    value = models.TextField()
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="identity_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Device(models.Model):
    """A phone or browser that takes push messages."""

    class Kind(models.TextChoices):
        FCM = "fcm", _("mobile app")
        WEB_PUSH = "web_push", _("browser")

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="devices",
        help_text=_("Whom it reaches."),
    )
    owner = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="own_devices",
        help_text=_(
            "Who registered it: joined customers are reached as one, and get their own"
            " back when parted."
        ),
    )
    kind = models.TextField(choices=Kind)
    token = models.TextField(
        help_text=_("FCM registration token or web-push endpoint.")
    )
    keys = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(fields=["kind", "token"], name="device_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.token[:16]}…"
