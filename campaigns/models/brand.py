"""What every letter takes from the shop: its brand, and the pictures it may show."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Image(models.Model):
    """A picture of the library, as it is served: its name is made of its content."""

    digest = models.CharField(_("digest"), max_length=40, unique=True)
    name = models.TextField(_("name"))
    alt = models.TextField(
        _("description"), help_text=_("Read out to whoever can't see the picture.")
    )
    media_type = models.TextField(_("type"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    n_bytes = models.PositiveIntegerField(_("size"))
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        # whoever may write templates may fill their library
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """How the shop's letters look. There is one."""

    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    logo = models.ForeignKey(
        Image,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
    accent = models.CharField(_("accent"), max_length=7, default="#0f766e")
    ink = models.CharField(_("text"), max_length=7, default="#1f2937")
    ground = models.CharField(_("around the letter"), max_length=7, default="#eef0f4")
    card = models.CharField(_("letter"), max_length=7, default="#ffffff")
    font = models.CharField(_("font"), max_length=20, default="sans")
    footer = models.TextField(_("footer"), blank=True, default="")
    website = models.TextField(_("website"), blank=True, default="")
    # one a line
    banned_words = models.TextField(_("words we never use"), blank=True, default="")
    backed_claims = models.TextField(
        _("claims that we can back"), blank=True, default=""
    )
    voice = models.TextField(_("how we sound"), blank=True, default="")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brand")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_brand")]

    def __str__(self) -> str:
        return self.name or str(_("brand"))
