"""Public pages of customers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from profiles.consents import opt_in
from retention_site.lib.security.signing import BadToken


@csrf_exempt  # the token in the address is the right to act
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is to be confirmed; POST confirms it. Programs that only look at links
    change nothing.
    """
    try:
        consent = opt_in.asked(token)
    except BadToken:
        return render(request, "public/gone.html", status=404)
    if request.method == "POST":
        answer = opt_in.confirm(consent, ip=request.META.get("REMOTE_ADDR", ""))
    else:
        answer = opt_in.answer_to(consent)
    return render(
        request, "public/confirm.html", {"consent": consent, "answer": answer.name}
    )
