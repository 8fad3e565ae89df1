"""Write again to an address that was given up."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.delivery.track import soft_bounces
from profiles.models import Customer


@require_POST
def open_again(request: HttpRequest, customer: int, channel: str) -> HttpResponse:
    """Open a customer's address on a channel again, and write down who did."""
    person = get_object_or_404(Customer, pk=customer)
    if soft_bounces.open_again(person, channel):
        said = _("The address is written to again.")
        by: Any = request.user
        LogEntry.objects.log_actions(
            by.pk,
            [person],
            CHANGE,
            change_message=f"{channel}: {said}",
            single_object=True,
        )
        messages.success(request, said)
    else:
        messages.info(request, _("Nothing stands against this address."))
    return redirect("admin:profiles_customer_change", person.pk)
