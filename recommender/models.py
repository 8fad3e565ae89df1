"""What was learned, and what it recommends."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from profiles.models import Customer


class ModelVersion(models.Model):
    """One trained model with the card its training wrote."""

    model = models.TextField(_("model"))
    version = models.TextField(_("version"))
    card = models.JSONField(_("card"))
    as_of = models.DateTimeField(
        _("as of"), help_text=_("Nothing later was seen in training.")
    )
    is_promoted = models.BooleanField(_("in use"), default=False)
    trained_at = models.DateTimeField(_("trained"), db_default=Now())
    promoted_at = models.DateTimeField(_("in use since"), null=True)
    withdrawn_at = models.DateTimeField(_("taken out of use"), null=True)
    withdrawn_by = models.TextField(_("by"), blank=True, default="", db_default="")
    files = models.JSONField(
        _("files"),
        default=dict,
        help_text=_("Size and SHA-256 of each file; what differs is never opened."),
    )
    watched = models.JSONField(
        _("seen since"),
        null=True,
        help_text=_("How the shop has moved since training."),
    )

    class Meta:
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints = [
            models.UniqueConstraint(
                fields=["model", "version"], name="model_version_once"
            ),
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(is_promoted=True),
                name="model_promoted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.version}"


class DamagedFile(models.Model):
    """Something learned that is not what was written; gone when it is whole again."""

    path = models.TextField(_("file"), unique=True)
    wrong = models.TextField(_("what is wrong"))
    remedy = models.TextField(_("what to do"))
    seen_at = models.DateTimeField(_("seen"), db_default=Now())

    class Meta:
        verbose_name = _("damaged file")
        verbose_name_plural = _("damaged files")

    def __str__(self) -> str:
        return self.wrong


class RecommendationList(models.Model):
    """The ranked items of one customer: ``[{"item_id", "score", "engine", "why"}, …]``,
    best first.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="recommendations"
    )
    mode = models.TextField(_("mode"))
    items = models.JSONField(_("items"))
    model = models.TextField(_("model version"))
    as_of = models.DateTimeField(_("as of"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("recommendation list")
        verbose_name_plural = _("recommendation lists")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "mode"], name="recommendation_list_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mode} for {self.customer_id}"


class ListRules(models.Model):
    """What the shop allows in lists, and how they are arranged; one row."""

    blocked_items = models.TextField(
        _("never these items"),
        blank=True,
        default="",
        help_text=_("One item id a line."),
    )
    blocked_categories = models.TextField(
        _("nothing of these categories"),
        blank=True,
        default="",
        help_text=_("One a line: any level, or a path with >."),
    )
    blocked_titles = models.TextField(
        _("nothing with these titles"),
        blank=True,
        default="",
        db_default="",
        help_text=_("One a line; * stands for anything: postage*."),
    )
    price_from = models.DecimalField(
        _("from this price"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    price_to = models.DecimalField(
        _("up to this price"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    most_of_a_category = models.PositiveSmallIntegerField(
        _("at most so many of one category"),
        default=0,
        help_text=_("0: any number. What is too many steps back."),
    )
    margin_share = models.FloatField(
        _("weight of the margin"),
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_(
            "0: what the customer wants decides alone; 1: what the shop earns decides"
            " alone."
        ),
    )
    margin_attribute = models.TextField(
        _("attribute that says the margin"), default="margin"
    )
    keeps_lasting = models.BooleanField(
        _("no second one too soon"),
        default=True,
        help_text=_(
            "What people buy to last is not offered to its owners until they would buy"
            " it again."
        ),
    )
    explores = models.FloatField(
        _("share of lists whose last place tries something new"),
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(0.5)],
        help_text=_("The chance of each item shown is kept with it."),
    )
    is_only = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("rules of lists")
        verbose_name_plural = _("rules of lists")
        constraints = [
            models.UniqueConstraint(fields=["is_only"], name="list_rules_once")
        ]

    def __str__(self) -> str:
        return str(_("What may be recommended"))

    def clean(self) -> None:
        if (
            self.price_from is not None
            and self.price_to is not None
            and self.price_from > self.price_to
        ):
            raise ValidationError({"price_to": _("This is below the lowest price.")})


class Slate(models.Model):
    """What a customer was really shown, and how likely each place was to hold it."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="slates")
    place = models.TextField(_("where"), help_text=_("api or message"))
    reference = models.TextField(
        _("message or request"), blank=True, default="", db_default=""
    )
    model = models.TextField(_("model version"), blank=True, default="", db_default="")
    items = models.JSONField(_("items"))
    shown_at = models.DateTimeField(_("shown"))

    class Meta:
        verbose_name = _("shown list")
        verbose_name_plural = _("shown lists")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "place", "reference"],
                condition=~models.Q(reference=""),
                name="slate_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.place} for {self.customer_id}"
