"""What was read out of reviews."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..people.customer import Customer


class ReviewReading(models.Model):
    """One review as it was read; a copy of another one is read, and counts for nothing."""

    event_id = models.BigIntegerField(
        unique=True,
        help_text=_("Its event; no constraint, for old events go by the month."),
    )
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    item_id = models.TextField(_("item"), blank=True)
    at = models.DateTimeField(_("when"))
    digest = models.UUIDField(help_text=_("Of its text."))
    is_copy = models.BooleanField(_("a copy"), default=False)
    version = models.TextField(_("read by"))
    read_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("review that was read")
        verbose_name_plural = _("reviews that were read")
        indexes = [
            models.Index(fields=["digest"], name="review_digest"),
            models.Index(fields=["at"], name="review_at"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.at:%Y-%m-%d}"


class ReviewOpinion(models.Model):
    """What one review says of one aspect; start and stop are characters of its text."""

    class Sentiment(models.TextChoices):
        POSITIVE = "positive", _("praised")
        NEGATIVE = "negative", _("complained of")
        MIXED = "mixed", _("mixed")

    reading = models.ForeignKey(
        ReviewReading, models.CASCADE, related_name="opinions", verbose_name=_("review")
    )
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    item_id = models.TextField(_("item"), blank=True)
    at = models.DateTimeField(_("when"))
    aspect = models.TextField(_("aspect"))
    sentiment = models.TextField(_("sentiment"), choices=Sentiment)
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField()
    score = models.FloatField(_("how sure"))

    class Meta:
        verbose_name = _("opinion of a review")
        verbose_name_plural = _("opinions of reviews")
        indexes = [
            models.Index(fields=["item_id", "at"], name="opinion_item_at"),
            models.Index(fields=["at"], name="opinion_at"),
        ]

    def __str__(self) -> str:
        return f"{self.aspect} {self.sentiment}"
