"""Points: a double-entry ledger in lots, so that the oldest promise is kept first."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PointsProgramme(models.Model):
    """The rules by which points are earned, from a moment on until the next row.

    A row is never changed: what an order earned is worked out again, when a part of it
    comes back, by the rules that held when it was placed.
    """

    terms = models.JSONField(_("rules"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    holds_from = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("points programme")
        verbose_name_plural = _("points programmes")

    def __str__(self) -> str:
        return f"{self.holds_from:%Y-%m-%d %H:%M}"


class PointsSweep(models.Model):
    """The one row that says how far events have been looked at for what they earn."""

    transaction = models.PositiveBigIntegerField(default=0)
    event = models.PositiveBigIntegerField(default=0)  # of that transaction
    birthdays_on = models.DateField(null=True)
    # traits stand for movements up to this one
    movement = models.PositiveBigIntegerField(default=0)
    traits_on = models.DateField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("sweep of points")
        verbose_name_plural = _("sweeps of points")

    def __str__(self) -> str:
        return f"{self.transaction}:{self.event}"


class PointsMovement(models.Model):
    """One thing that happened to points; its postings sum to zero. Never changed."""

    class Kind(models.TextChoices):
        AWARD = "award", _("awarded")
        BURN = "burn", _("spent")
        TRANSFER = "transfer", _("transferred")
        EXPIRE = "expire", _("expired")
        TAKE_BACK = "take_back", _("taken back")

    key = models.TextField(
        unique=True, help_text=_("Told again, the same movement is the same.")
    )
    kind = models.TextField(_("what"), choices=Kind)
    customer = models.ForeignKey(
        "profiles.Customer", models.SET_NULL, null=True, related_name="points_movements"
    )
    to_customer = models.ForeignKey(
        "profiles.Customer", models.SET_NULL, null=True, related_name="+"
    )
    points = models.BigIntegerField(_("points"))
    at = models.DateTimeField(_("when"))
    note = models.TextField(_("note"), blank=True, db_default="", default="")
    # what earned it: a rule's name, and the order, event or day
    rule = models.TextField(_("rule"), blank=True, db_default="", default="")
    subject = models.TextField(blank=True, db_default="", default="")
    multiplier = models.DecimalField(
        max_digits=6, decimal_places=2, default=1, db_default=1
    )
    # to be taken back, and spent already: the shop bears them
    missing = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("movement of points")
        verbose_name_plural = _("movements of points")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0)
                | Q(kind="take_back", points=0, missing__gt=0),
                name="points_moved",
            ),
        ]
        indexes = [
            models.Index(
                fields=["subject"], name="points_subject", condition=~Q(subject="")
            ),
            models.Index(
                fields=["customer", "rule"],
                name="points_of_rule",
                condition=~Q(rule=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class PointsLot(models.Model):
    """Points that came together and expire together."""

    customer = models.ForeignKey(
        "profiles.Customer", models.SET_NULL, null=True, related_name="points_lots"
    )
    movement = models.ForeignKey(
        PointsMovement, models.PROTECT, related_name="lots_made"
    )
    earned = models.BigIntegerField()
    left = models.BigIntegerField()
    at = models.DateTimeField()
    # pending until then: the goods may still come back
    opens_at = models.DateTimeField(_("can be spent from"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        verbose_name = _("lot of points")
        verbose_name_plural = _("lots of points")
        constraints = [
            models.CheckConstraint(
                condition=Q(left__gte=0, left__lte=F("earned")), name="points_lot_left"
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="points_lot_open",
                condition=Q(left__gt=0, expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left} / {self.earned}"


class PointsPosting(models.Model):
    """One side of a movement: points into or out of a lot, or the shop's side of them."""

    movement = models.ForeignKey(
        PointsMovement, models.PROTECT, related_name="postings"
    )
    # None is the shop's own side
    lot = models.ForeignKey(
        PointsLot, models.PROTECT, null=True, related_name="postings"
    )
    points = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("posting of points")
        verbose_name_plural = _("postings of points")

    def __str__(self) -> str:
        return f"{self.points:+}"
