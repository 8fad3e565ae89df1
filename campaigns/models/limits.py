"""What holds sending back: opt-outs, frequency caps, provider rates, the global pause."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .message import Message


class Suppression(models.Model):
    """An address that must not be written to; kept as a keyed hash, so it outlives
    erasure.
    """

    channel = models.TextField(_("channel"))
    address_hash = models.TextField(_("address hash"))
    reason = models.TextField(_("reason"))
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address_hash"], name="suppression_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class CapSlot(models.Model):
    """The n-th message that a frequency cap lets through to a customer in one window."""

    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="cap_slots"
    )
    rule = models.TextField(_("limit"))
    window = models.TextField(
        _("window"), help_text=_("Such as 2024-W05, in the customer's calendar.")
    )
    n = models.PositiveSmallIntegerField(_("place"))
    message = models.ForeignKey(Message, models.CASCADE, related_name="cap_slots")

    class Meta:
        verbose_name = _("limit slot")
        verbose_name_plural = _("limit slots")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "rule", "window", "n"], name="cap_slot_once"
            ),
            models.UniqueConstraint(
                fields=["message", "rule"], name="cap_slot_message_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.window} {self.n}"


class ProviderRate(models.Model):
    """How fast a provider may be used: GCRA's theoretical arrival time on a plain
    column.
    """

    provider = models.TextField(
        _("provider"),
        unique=True,
        help_text=_("Or provider@domain for the recipients of one domain."),
    )
    per_second = models.FloatField(_("messages a second"))
    burst = models.PositiveIntegerField(_("burst"), default=200)
    tat = models.DateTimeField(_("next free moment"), db_default=Now())
    n_granted = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text=_(
            "How many the last request was given: one UPDATE decides and tells."
        ),
    )
    warm_up_from = models.DateField(
        _("warm-up from"),
        null=True,
        blank=True,
        help_text=_("A new sender begins slowly. Empty: no limit a day."),
    )
    warm_up_first = models.PositiveIntegerField(
        _("on the first day"), default=200, db_default=200
    )
    warm_up_growth = models.FloatField(
        _("each day times"),
        default=1.5,
        db_default=1.5,
        help_text=_("1: the same number every day."),
    )
    warm_up_until = models.PositiveIntegerField(
        _("full at"),
        default=100_000,
        db_default=100_000,
        help_text=_("Messages a day; from there on no limit a day."),
    )
    counted_on = models.DateField(null=True, blank=True, editable=False)
    n_counted = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("provider rate")
        verbose_name_plural = _("provider rates")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_second__gt=0), name="provider_rate_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(warm_up_growth__gte=1), name="provider_rate_grows"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.per_second}/s"


class ContactLimit(models.Model):
    """How often the shop may write to one customer, whichever campaigns want to."""

    class Window(models.TextChoices):
        DAY = "day", _("day")
        WEEK = "week", _("week")
        MONTH = "month", _("month")

    campaign_class = models.TextField(
        _("campaign class"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: all marketing together."),
    )
    channel = models.TextField(
        _("channel"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: all channels."),
    )
    window = models.TextField(_("in a"), choices=Window)
    most = models.PositiveSmallIntegerField(
        _("at most"), help_text=_("Messages, by the customer's own calendar.")
    )
    reserved = models.PositiveSmallIntegerField(
        _("kept free"),
        default=0,
        db_default=0,
        help_text=_("Of these, for campaigns that matter more."),
    )
    reserved_to = models.PositiveSmallIntegerField(
        _("up to priority"),
        default=50,
        db_default=50,
        help_text=_("These campaigns may use what is kept free."),
    )

    class Meta:
        verbose_name = _("contact limit")
        verbose_name_plural = _("contact limits")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_class", "channel", "window"],
                name="contact_limit_once",
            ),
            models.CheckConstraint(
                condition=models.Q(reserved__lt=models.F("most")),
                name="contact_limit_leaves_some",
            ),
        ]

    def __str__(self) -> str:
        words = " ".join(
            part for part in (self.campaign_class, self.channel) if part
        ) or _("all marketing")
        return f"{words}: {self.most} / {self.get_window_display()}"


class SendingPause(models.Model):
    """All sending stands still as long as this row is there."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField(_("since"), db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("pause of all sending")
        verbose_name_plural = _("pauses of all sending")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="sending_pause_one")
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.since):%Y-%m-%d %H:%M}"


class ShopRule(models.Model):
    """One rule that holds for all campaigns, as a person decided it in the admin."""

    key = models.TextField(_("rule"), primary_key=True)
    value = models.JSONField(_("value"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), db_default=Now())

    class Meta:
        verbose_name = _("rule of the shop")
        verbose_name_plural = _("rules of the shop")

    def __str__(self) -> str:
        return self.key


class ContactPace(models.Model):
    """What a customer said about how often, as with consent: with its time and where it was
    said. The newest word holds.
    """

    class Pace(models.TextChoices):
        USUAL = "usual", _("as usual")
        LESS = "less", _("less often")

    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="paces"
    )
    pace = models.TextField(_("how often"), choices=Pace)
    at = models.DateTimeField(_("stated"))
    source = models.TextField(_("source"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("how often a customer wants to hear from us")
        verbose_name_plural = _("how often customers want to hear from us")
        indexes = [models.Index(fields=["customer", "-at"], name="contact_pace_newest")]

    def __str__(self) -> str:
        return str(self.get_pace_display())
