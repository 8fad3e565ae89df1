"""What one does with a whole draft: undo, go back, copy, archive, send for review. The
same for campaigns and journeys; only where one comes out differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import archive, drafts
from campaigns.lifecycle.submit import submit
from campaigns.models import Campaign
from retention_site.lib.admin.drafts import number_in
from retention_site.lib.admin.pages import link, person


@dataclass(frozen=True)
class DraftVerbs:
    """The verbs of one editor; ``editor`` and ``listed`` name its address and its list's."""

    editor: str
    listed: str

    def act(self, request: HttpRequest, campaign: Campaign, verb: str) -> HttpResponse:
        """Do one thing with a draft, and go where it leads. Raise `Http404`."""
        do = VERBS.get(verb)
        if do is None:
            raise Http404
        try:
            return redirect(do(self, request, campaign))
        except BadCampaign as error:
            messages.error(request, str(error))
            return redirect(self._page(campaign))

    def _page(self, campaign: Campaign) -> str:
        return reverse(self.editor, args=[campaign.pk])

    def _undo(self, request: HttpRequest, campaign: Campaign) -> str:
        drafts.undo(campaign, person(request))
        return self._page(campaign)

    def _bring_back(self, request: HttpRequest, campaign: Campaign) -> str:
        number = number_in(request.POST.get("number", "")) or 0
        drafts.bring_back(campaign, number, person(request))
        said = _("That state is back; the later ones are kept, too.")
        messages.success(request, said)
        return self._page(campaign)

    def _copy(self, request: HttpRequest, campaign: Campaign) -> str:
        made = drafts.copy(campaign, person(request))
        messages.success(request, _("This is the copy; the first one stays as it is."))
        return self._page(made)

    def _archive(self, request: HttpRequest, campaign: Campaign) -> str:
        archive.archive(campaign)
        messages.success(request, _("Archived; it can be brought back from its page."))
        return reverse(self.listed)

    def _unarchive(self, _request: HttpRequest, campaign: Campaign) -> str:
        archive.bring_back(campaign)
        return link(campaign)

    def _submit(self, request: HttpRequest, campaign: Campaign) -> str:
        version = submit(campaign, person(request)).version
        words = _("Version %(n)d waits for a second person's approval.")
        messages.success(request, words % {"n": version.number})
        return link(campaign)


VERBS: dict[str, Callable[[DraftVerbs, HttpRequest, Campaign], str]] = {
    "undo": DraftVerbs._undo,
    "bring-back": DraftVerbs._bring_back,
    "copy": DraftVerbs._copy,
    "archive": DraftVerbs._archive,
    "unarchive": DraftVerbs._unarchive,
    "submit": DraftVerbs._submit,
}
