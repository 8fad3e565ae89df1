"""Lines that the shop has written for its messages, beside those that come with it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CopyLine(models.Model):
    """An opening without a fact of its own, and when it fits."""

    class Language(models.TextChoices):
        ENGLISH = "en", _("English")
        CHINESE = "zh-hans", _("Chinese")

    class Goal(models.TextChoices):
        WELCOME = "welcome", _("Welcome")
        SECOND_PURCHASE = "second_purchase", _("Second purchase")
        WIN_BACK = "win_back", _("Win back")
        CART = "cart", _("Cart left behind")
        BIRTHDAY = "birthday", _("Birthday")
        PRICE_DROP = "price_drop", _("Price drop")
        BACK_IN_STOCK = "back_in_stock", _("Back in stock")
        THANKS = "thanks", _("Thanks")
        REVIEW_ASKED = "review_asked", _("Asking for a review")
        NEWS = "news", _("News")

    class Tone(models.TextChoices):
        PLAIN = "plain", _("Plain")
        WARM = "warm", _("Warm")
        PLAYFUL = "playful", _("Playful")

    class Channel(models.TextChoices):
        ANY = "", _("Every channel")
        EMAIL = "email", _("E-mail")
        SMS = "sms", "SMS"
        PUSH = "push", _("Push")

    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    goal = models.CharField(_("goal"), max_length=20, choices=Goal.choices)
    tone = models.CharField(_("tone"), max_length=10, choices=Tone.choices)
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel.choices, blank=True, default=""
    )
    text = models.CharField(_("line"), max_length=300)
    is_archived = models.BooleanField(_("archived"), default=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    written_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("copy line")
        verbose_name_plural = _("copy lines")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "goal", "tone", "channel", "text"],
                name="one_copy_line",
            )
        ]

    def __str__(self) -> str:
        return self.text
