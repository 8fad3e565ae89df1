"""What the shop sells."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Item(models.Model):
    """One thing on sale; events name it by its external id, known or not."""

    external_id = models.TextField(_("item id"), unique=True)
    title = models.TextField(_("title"), blank=True, default="", db_default="")
    description = models.TextField(
        _("description"), blank=True, default="", db_default=""
    )
    brand = models.TextField(_("brand"), blank=True, default="", db_default="")
    category = models.TextField(
        _("category"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Levels joined by >."),
    )
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    currency = models.TextField(_("currency"), blank=True, default="", db_default="")
    available = models.BooleanField(_("available"), default=True, db_default=True)
    never_recommend = models.BooleanField(
        _("never recommend"),
        null=True,
        blank=True,
        help_text=_("Yes: in no list, search or message. Empty: nobody has said."),
    )
    suspicion = models.TextField(
        _("looks like"),
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("Why it may be no product to recommend."),
    )
    image_url = models.TextField(_("image"), blank=True, default="", db_default="")
    url = models.TextField(_("page"), blank=True, default="", db_default="")
    seller_id = models.TextField(_("seller"), blank=True, default="", db_default="")
    attributes = models.JSONField(
        _("other attributes"), default=dict, db_default={}, blank=True
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return self.title or self.external_id
