"""What was learned, and what it recommends."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from profiles.models import Customer


class ModelVersion(models.Model):
    """One trained model with the card its training wrote."""

    model = models.TextField(_("model"))
    version = models.TextField(_("version"))
    card = models.JSONField(_("card"))
    as_of = models.DateTimeField(_("as of"), help_text=_("Nothing later was seen in training."))
    is_promoted = models.BooleanField(_("in use"), default=False)
    trained_at = models.DateTimeField(_("trained"), db_default=Now())
    promoted_at = models.DateTimeField(_("in use since"), null=True)
    withdrawn_at = models.DateTimeField(_("taken out of use"), null=True)
    withdrawn_by = models.TextField(_("by"), blank=True, default="", db_default="")
    watched = models.JSONField(_("seen since"), null=True, help_text=_("How the shop has moved since training."))

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints = [
            models.UniqueConstraint(fields=["model", "version"], name="model_version_once"),
            models.UniqueConstraint(fields=["model"], condition=models.Q(is_promoted=True), name="model_promoted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


class RecommendationList(models.Model):
    """The ranked items of one customer: ``[{"item_id", "score", "engine", "why"}, …]``, best first."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="recommendations")
    mode = models.TextField(_("mode"))
    items = models.JSONField(_("items"))
    model = models.TextField(_("model version"))
    as_of = models.DateTimeField(_("as of"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("recommendation list")
        verbose_name_plural = _("recommendation lists")
        constraints = [models.UniqueConstraint(fields=["customer", "mode"], name="recommendation_list_once")]

    def __str__(self) -> str:
        return f"{self.mode} for {self.customer_id}"
