"""The brand: what every template takes from the shop."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.message_text.templates import CHANGE
from campaigns.models import Brand, ChannelSettings, Image
from campaigns.rendering.compose import shop
from campaigns.rendering.design import images
from campaigns.rendering.design.brand import brand
from campaigns.rendering.design.look import COLOUR, contrast
from campaigns.rendering.template_context import web_address
from retention_site.lib.admin.pages import show

READABLE = 4.5  # WCAG 2.2, 1.4.3
VOICE = ("voice", "banned_words", "backed_claims")
COLOURS = ("accent", "ink", "ground", "card")


class BrandForm(forms.ModelForm):
    """The brand as one form."""

    font = forms.ChoiceField(
        label=gettext_lazy("Font"),
        choices=[
            ("sans", "Helvetica, Arial"),
            ("humanist", "Verdana"),
            ("serif", "Georgia"),
            ("mono", "Courier"),
        ],
    )
    logo = forms.ModelChoiceField(
        Image.objects.defer("content").order_by("-pk"),
        label=gettext_lazy("Logo"),
        required=False,
        empty_label=gettext_lazy("None: the name stands there"),
    )

    class Meta:
        model = Brand
        fields = ("name", "logo", *COLOURS, "font", "footer", "website", *VOICE)
        labels = {
            "name": gettext_lazy("Name"),
            "accent": gettext_lazy("Accent"),
            "ink": gettext_lazy("Text"),
            "ground": gettext_lazy("Around the letter"),
            "card": gettext_lazy("Letter"),
            "footer": gettext_lazy("Footer"),
            "website": gettext_lazy("Website"),
            "voice": gettext_lazy("How we sound"),
            "banned_words": gettext_lazy("Words that we never use"),
            "backed_claims": gettext_lazy("Claims that we can back"),
        }
        help_texts = {
            "voice": gettext_lazy("Told to a generator: who speaks, to whom, how."),
            "banned_words": gettext_lazy(
                "One a line. No campaign that holds one is approved."
            ),
            "backed_claims": gettext_lazy(
                "One a line, as it is written. The fact check lets them pass."
            ),
            "name": gettext_lazy("Empty: the sender's name."),
            "footer": gettext_lazy("Who writes, and from where: the law asks for it."),
            "website": gettext_lazy("Where the logo leads."),
        }
        widgets = {
            **{key: forms.TextInput(attrs={"type": "color"}) for key in COLOURS},
            "footer": forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
            "website": forms.URLInput(),
            **{
                key: forms.Textarea(attrs={"rows": 4, "maxlength": 4000})
                for key in VOICE
            },
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for key, field in self.fields.items():
            if key not in COLOURS:
                field.widget.attrs["class"] = "r-input"

    def clean_website(self) -> str:
        """Take an address that a link may lead to."""
        typed = self.cleaned_data["website"].strip()
        if typed and not web_address(typed):
            raise forms.ValidationError(_("An address starts with https://."))
        return str(typed)

    def clean(self) -> dict[str, Any]:
        """Refuse words that nobody could read."""
        given = super().clean() or {}
        for key in COLOURS:
            if key in given and not COLOUR.match(given[key]):
                self.add_error(key, _("A colour is written like #0f766e."))
        colours = [str(given.get(key, "")) for key in ("ink", "card")]
        if all(COLOUR.match(one) for one in colours) and (
            contrast(*colours) < READABLE
        ):
            self.add_error("ink", _("This text can't be read on the letter's colour."))
        return given


def page(request: HttpRequest) -> HttpResponse:
    """Show the brand and change it."""
    if request.method == "POST" and not request.user.has_perm(CHANGE):
        raise PermissionDenied
    kept = brand()
    form = BrandForm(request.POST or None, instance=kept)
    if request.method == "POST" and form.is_valid():
        form.instance.pk = 1
        form.save()
        messages.success(request, _("Saved. Letters written from now on look so."))
        return redirect("brand")
    context = {
        "title": _("Brand"),
        "form": form,
        "logo": (
            images.path(kept.logo.digest, kept.logo.media_type) if kept.logo else ""
        ),
        "sender": _sender(),
        "shop_name": shop()["shop"]["name"],
        "may_change": request.user.has_perm(CHANGE),
    }
    return show(
        request, admin.site, "admin/campaigns/message_editor/brand.html", context
    )


def _sender() -> str:
    """Return who mails come from: said with the channel, since providers ask for it."""
    row = ChannelSettings.objects.filter(channel="email").first()
    return str((row.values if row else {}).get("sender") or settings.FROM_EMAIL)
