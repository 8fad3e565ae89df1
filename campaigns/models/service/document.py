"""What the shop wrote for its customers: documents, each with every version of it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Document(models.Model):
    """A policy or a page of help that answers may cite."""

    class Format(models.TextChoices):
        MARKDOWN = "markdown", "Markdown"
        HTML = "html", "HTML"

    name = models.TextField(_("name"), unique=True)
    format = models.TextField(_("format"), choices=Format)
    language = models.TextField(_("language"))
    is_used = models.BooleanField(
        _("used"), default=True, help_text=_("Answers cite it only while it is used.")
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return self.name


class DocumentVersionQuerySet(models.QuerySet["DocumentVersion"]):
    def current(self) -> Self:
        """The newest version of each document in use."""
        newest = DocumentVersion.objects.filter(document=OuterRef("document"))
        return self.filter(
            document__is_used=True,
            number=Subquery(newest.order_by("-number").values("number")[:1]),
        )


class DocumentVersion(models.Model):
    """A document as it was written once. Never changed: old answers cite it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    digest = models.TextField(editable=False)
    at = models.DateTimeField(_("when"), db_default=Now())

    objects: ClassVar = DocumentVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a document")
        verbose_name_plural = _("versions of documents")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="document_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.number}"
