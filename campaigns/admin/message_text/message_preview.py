"""Look at words as a customer would read them, wide and narrow, and send them to
oneself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.content.mapping_reader import BadCampaign
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.sink_drawing import Look
from campaigns.delivery.channels.sms import Sms
from campaigns.delivery.test_sends import send_test
from campaigns.lifecycle.preview import content_of, customer_named, look
from campaigns.lifecycle.sample_customers import problems_of
from campaigns.models import CampaignVersion
from campaigns.rendering.rendered import Rendered
from campaigns.rendering.sms_segments import Carried, carried
from campaigns.rendering.template_cache import of_version
from profiles.admin.rights import CUSTOMERS, PERSONAL
from retention_site.lib import registry
from retention_site.lib.admin.letters import without_remote
from retention_site.lib.admin.missing import Missing
from retention_site.lib.admin.pages import link, person, show
from retention_site.lib.admin.words import money

MISSING = re.compile(r"([\w.]{1,100}) is missing and has no default")
LETTERS = '<base target="_blank">'  # a link inside the frame leads nowhere


@dataclass(frozen=True)
class Shown:
    """What the preview's template draws."""

    look: Look
    said: Rendered
    carried: Carried | None = None
    cost: str = ""

    @property
    def page(self) -> str:
        return LETTERS + without_remote(self.said.html)[0]

    @property
    def n_remote(self) -> int:
        """How many pictures of other hosts stand there as grey boxes."""
        return without_remote(self.said.html)[1]


def shown(channel: str, said: Rendered) -> Shown:
    """Return a message as it is drawn, with what it costs; a text message with its
    segments.
    """
    plugin: Channel = registry.load("channels", channel)()
    text = carried(said.text) if channel == Sms.key else None
    return Shown(plugin.look, said, text, _cost(plugin, said.text))


def _cost(channel: Channel, text: str) -> str:
    n, price = channel.units([(text, 1)]), channel.price()
    return "" if n is None or price is None else money(price.amount * n, price.currency)


def hint(problem: str) -> str:
    """Say what to write where a fact is missing that not every customer has."""
    found = MISSING.search(problem)
    if found is None:
        return ""
    return _(
        "Not every customer has it. Write %(instead)s: the word in quotes stands there for those without."
    ) % {"instead": f'{{{{ {found[1]} | default: "{_("friend")}" }}}}'}


def _readable(version: int) -> tuple[CampaignVersion, Any]:
    """Return a version with its content; one of another age that can't be read any more
    says so.
    """
    rows = CampaignVersion.objects.select_related("campaign")
    kept = get_object_or_404(rows, pk=version)
    try:
        return kept, content_of(kept)
    except BadCampaign as error:
        campaign = kept.campaign
        raise Missing(str(error), link(campaign), str(campaign)) from error


def words(request: HttpRequest, version: int) -> HttpResponse:
    """Show the words of a version as one customer would get them."""
    kept, content = _readable(version)
    asked = PreviewChoice.of(request, content)
    customer = None if asked.is_stranger else customer_named(asked.customer, content)
    looked = look(content, asked.arm, asked.channel, customer, asked.language)
    context = {
        "title": _("Words of %(version)s") % {"version": kept},
        "version": kept,
        "asked": asked,
        "arms": [arm.name for arm in content.arms],
        "channels": content.channels_of(content.arm(asked.arm) or content.arms[0]),
        "languages": _languages(kept, asked),
        "looked": looked,
        "hint": hint(looked.problem),
        "nobody": bool(asked.customer) and not asked.is_stranger and customer is None,
        "shown": shown(asked.channel, looked.said) if looked.said else None,
        "may_name": request.user.has_perm(CUSTOMERS),
        "may_send": request.user.has_perm("campaigns.change_campaign"),
    }
    return show(request, admin.site, "admin/campaigns/words.html", context)


@require_POST
def send(request: HttpRequest, version: int) -> HttpResponse:
    """Send what is shown to an address of one's own."""
    _kept, content = _readable(version)
    asked = PreviewChoice.of(request, content)
    may_see = request.user.has_perm("profiles.view_customer")
    is_stranger = asked.is_stranger or not may_see
    customer = None if is_stranger else customer_named(asked.customer, content)
    looked = look(content, asked.arm, asked.channel, customer, asked.language)
    if asked.customer and not may_see:
        messages.error(
            request, _("Another customer's data is for those who may see customers.")
        )
    elif looked.said is None:
        messages.error(request, looked.problem)
    else:
        tried = send_test(
            registry.load("channels", asked.channel)(),
            request.POST.get("to", ""),
            looked.said,
            by=person(request),
            about=customer,
        )
        (messages.success if tried.is_taken else messages.error)(
            request, tried.sentence
        )
    return redirect(f"{request.path.removesuffix('send/')}?{asked.query}")


def problems(request: HttpRequest, version: int) -> HttpResponse:
    """The card that says what would go wrong, tried on sample customers."""
    kept, content = _readable(version)
    problems = problems_of(kept, content, names_people=request.user.has_perm(CUSTOMERS))
    return render(request, "admin/panels/word_problems.html", {"problems": problems})


def _customer_asked(request: HttpRequest, said: str) -> str:
    """Return who was asked for: nobody is found by an address that may not be read."""
    return said if "@" not in said or request.user.has_perm(PERSONAL) else "…"


@dataclass(frozen=True)
class PreviewChoice:
    """Which words, and for whom, the page's address names."""

    arm: str
    channel: str
    language: str
    customer: str
    is_stranger: bool

    @classmethod
    def of(cls, request: HttpRequest, content: Any) -> PreviewChoice:
        """Read the address or the form; what is not there falls back to the first there
        is.
        """
        told = request.POST if request.method == "POST" else request.GET
        arm = content.arm(told.get("arm", "")) or content.arms[0]
        channels = content.channels_of(arm)
        channel = told.get("channel", "")
        return cls(
            arm=arm.name,
            channel=channel if channel in channels else channels[0],
            language=told.get("language", "")[:20],
            customer=_customer_asked(request, told.get("customer", "")[:200]),
            # who may see no customer reads what somebody gets of whom nothing is known
            is_stranger=told.get("stranger") == "1"
            or not request.user.has_perm(CUSTOMERS),
        )

    @property
    def query(self) -> str:
        told = {
            "arm": self.arm,
            "channel": self.channel,
            "language": self.language,
            "customer": self.customer,
        }
        return urlencode({**told, **({"stranger": "1"} if self.is_stranger else {})})


def _languages(version: CampaignVersion, asked: PreviewChoice) -> tuple[str, ...]:
    return of_version(version.hash, version.content).languages(asked.arm, asked.channel)
