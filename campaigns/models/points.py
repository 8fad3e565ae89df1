"""Points: a double-entry ledger in lots, so that the oldest promise is kept first."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PointsMovement(models.Model):
    """One thing that happened to points; its postings sum to zero. Never changed."""

    class Kind(models.TextChoices):
        AWARD = "award", _("awarded")
        BURN = "burn", _("spent")
        TRANSFER = "transfer", _("transferred")
        EXPIRE = "expire", _("expired")

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

    class Meta:
        verbose_name = _("movement of points")
        verbose_name_plural = _("movements of points")
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="points_moved"),
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
