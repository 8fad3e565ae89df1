"""How far the columnar copy has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HistoryState(models.Model):
    """The one row that says what the history holds: events of transactions below
    ``watermark``.
    """

    watermark = models.PositiveBigIntegerField(
        _("up to"), default=0, help_text=_("Transaction id, exclusive.")
    )
    n_events = models.PositiveBigIntegerField(_("events"), default=0)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True)

    facts_until = models.DateTimeField(
        _("facts until"),
        null=True,
        help_text=_("Every fact that was stored by then is in it."),
    )
    repairs = models.JSONField(
        _("files made anew"),
        default=list,
        help_text=_("Files that were found broken, and when."),
    )
    files = models.JSONField(
        _("files"),
        default=dict,
        help_text=_("Which files make up the history, with size and SHA-256."),
    )

    class Meta:
        verbose_name = _("history")
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return f"history up to {self.watermark}"
