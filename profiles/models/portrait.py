"""What the facts say about a customer, and what models expect."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .people.customer import Customer


class Portrait(models.Model):
    """The newest traits of one customer: ``{key: {"value": …, "evidence": n}}``."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="portrait"
    )
    traits = models.JSONField(_("traits"), default=dict)
    as_of = models.DateTimeField(_("as of"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("portrait")
        verbose_name_plural = _("portraits")

    def __str__(self) -> str:
        return f"portrait of {self.customer_id}"


class Score(models.Model):
    """What a fitted model expects of one customer."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="scores")
    kind = models.TextField(_("what"))
    horizon_days = models.PositiveIntegerField(
        _("horizon"), help_text=_("Days; 0 where a score has none."), default=0
    )
    value = models.FloatField(pgettext_lazy("predicted", "value"))
    reasons = models.JSONField(_("reasons"), default=list)
    model = models.TextField(_("model version"))
    as_of = models.DateTimeField(_("as of"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "horizon_days"], name="score_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value:.3f}"


class PastScore(models.Model):
    """A score as it was written once: every run adds its own, so that any moment's
    scores can be told.
    """

    # The unique constraint finds a customer's; whole runs are written, so each index
    # more costs minutes
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="past_scores", db_index=False
    )
    kind = models.TextField(_("what"))
    horizon_days = models.PositiveIntegerField(_("horizon"), default=0)
    value = models.FloatField(pgettext_lazy("predicted", "value"))
    model = models.TextField(_("model version"))
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("past score")
        verbose_name_plural = _("past scores")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "horizon_days", "as_of"],
                name="past_score_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value:.3f} on {self.as_of:%Y-%m-%d}"


class CustomerGroup(models.Model):
    """One cluster of a frozen clustering, with a readable name."""

    version = models.TextField(_("version"))
    number = models.PositiveIntegerField(_("number"))
    name = models.TextField(_("name"))
    n_customers = models.PositiveIntegerField(_("customers"), default=0)
    features = models.JSONField(_("what sets it apart"), default=list)
    stability = models.FloatField(
        _("stability"), null=True, help_text=_("Adjusted Rand index over bootstraps.")
    )
    is_current = models.BooleanField(_("current"), default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="group_once")
        ]

    def __str__(self) -> str:
        return self.name
