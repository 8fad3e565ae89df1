"""Coupons: pools with what is left of cap and budget, and every code with who has it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from campaigns.admin.offers import pool_form
from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupon_reconcile, coupons, pools
from campaigns.offers.pools import PoolError
from profiles.admin.jobs import progress_bar
from profiles.admin.rights import CUSTOMERS, EXPORT
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import NOTHING, day, money
from retention_site.lib.clock import now

SHOWN = 25
MOST_MADE = 10_000  # codes at once
OPEN = pgettext_lazy("coupon", "open")  # a letter is opened, a coupon can be used


class IsRedeemed(admin.SimpleListFilter):
    """Whether a coupon came back to the till."""

    title = _("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("redeemed", _("redeemed")),
            ("open", OPEN),
            ("expired", _("expired")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Coupon]
    ) -> QuerySet[Coupon]:
        match self.value():
            case "redeemed":
                return queryset.exclude(redeemed_at=None)
            case "open":
                return queryset.filter(redeemed_at=None, expires_at__gt=now())
            case "expired":
                return queryset.filter(redeemed_at=None, expires_at__lte=now())
        return queryset


@admin.register(CouponPool)
class CouponPoolAdmin(ReadingAdmin):
    list_display = (
        "name",
        "of_campaign",
        "issued",
        "committed_of",
        "spent_of",
        "redeemed",
    )
    search_fields = ("name", "campaign__name")
    ordering = ("-id",)
    list_select_related = ("campaign",)
    page_template = "admin/campaigns/couponpool/page.html"
    called = _("Coupons")
    nothing = Nothing(
        "confirmation_number",
        _("No coupon pool yet"),
        _(
            "Make one here, or by a campaign with an offer: so many coupons at most,"
            " and a budget that can't be passed."
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return request.user.has_perm(pool_form.ADD)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A pool has a form of its own."""
        return pool_form.new(request)

    def verbs(self, request: HttpRequest, obj: Any) -> Sequence[Verb]:
        if obj.stopped_at:
            return [Verb("start", str(_("Start again")), "play_arrow")]
        asks = _("Nothing more is given. Codes that are out stay valid.")
        if obj.is_shared:
            asks = _("The code works no longer.")
        found = [Verb("stop", str(_("Stop")), "stop_circle", "danger", str(asks))]
        if obj.codes == CouponPool.Codes.GENERATED and obj.value:
            found.append(Verb("make", str(_("Make codes")), has_form=True))
        return found

    def refusals(self) -> tuple[type[Exception], ...]:
        return (PoolError,)

    def do_stop(self, request: HttpRequest, pool: Any) -> str:
        pools.stop(pool)
        return gettext("Stopped.")

    def do_start(self, request: HttpRequest, pool: Any) -> str:
        pools.start_again(pool)
        return gettext("The pool gives coupons again.")

    def do_make(self, request: HttpRequest, pool: Any) -> str:
        """Make codes for nobody in particular; the list of codes exports them."""
        said = request.POST.get("n", "")
        n = int(said) if said.isdecimal() and len(said) < 6 else 0
        if not 0 < n <= MOST_MADE:
            raise PoolError(
                gettext("A number from 1 to %(most)d.") % {"most": MOST_MADE}
            )
        coupons.make_codes(pool, n, at=now())
        return ngettext("%(n)d code made.", "%(n)d codes made.", n) % {"n": n}

    def get_queryset(self, request: HttpRequest) -> QuerySet[CouponPool]:
        return (
            super()
            .get_queryset(request)
            .annotate(n_redeemed=Count("coupons__redeemed_at"))
        )

    @display(description=_("campaign"), ordering="campaign")
    def of_campaign(self, pool: CouponPool) -> str:
        return str(pool.campaign or NOTHING)

    @display(description=_("issued"), ordering="n_issued")
    def issued(self, pool: CouponPool) -> SafeString:
        return format_html(
            "{} / {} {}",
            pool.n_issued,
            pool.cap,
            progress_bar(share(pool.n_issued, pool.cap)),
        )

    @display(description=_("committed"), ordering="committed")
    def committed_of(self, pool: CouponPool) -> SafeString:
        said = format_html(
            "{} / {}",
            money(pool.committed, pool.currency),
            money(pool.budget, pool.currency),
        )
        return format_html(
            "{} {}", said, progress_bar(share(pool.committed, pool.budget))
        )

    @display(description=pgettext_lazy("budget", "spent"), ordering="spent")
    def spent_of(self, pool: CouponPool) -> str:
        return money(pool.spent, pool.currency)

    @display(description=_("redeemed"), ordering="n_redeemed")
    def redeemed(self, pool: Any) -> str:
        return str(pool.n_redeemed)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        by_value = obj.coupons.values("value", "minimum_spend").annotate(
            n=Count("id"),
            n_redeemed=Count("redeemed_at"),
            order_value=Sum("order_value"),
        )
        n = SHOWN if request.user.has_perm(CUSTOMERS) else 0
        return {
            "by_value": by_value.order_by("value", "minimum_spend"),
            "coupons": (
                obj.coupons.select_related("customer").order_by("-redeemed_at", "-id")[
                    :n
                ]
            ),
            "left": obj.budget - obj.committed,
            "totals": coupon_reconcile.totals(obj.pk)[0],
            "stock": (
                pools.in_stock(obj) if obj.codes == CouponPool.Codes.IMPORTED else None
            ),
            "may_edit": request.user.has_perm(pool_form.CHANGE) and not obj.campaign_id,
            "limits": [*obj.categories, *obj.items],
        }


@admin.register(Coupon)
class CouponAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = (
        "code",
        "pool",
        "worth",
        "customer",
        "state_now",
        "issued",
        "expires",
        "order_id",
    )
    list_filter = (IsRedeemed, ("pool", RelatedDropdownFilter))
    list_filter_submit = True
    list_select_related = ("pool", "customer")
    search_fields = ("code__exact", "order_id__exact", "customer__external_id__exact")
    search_help_text = _("Code, order or customer id, in full.")
    ordering = ("-id",)
    page_template = "admin/campaigns/couponpool/coupon.html"
    nothing = Nothing("confirmation_number", _("No coupon was issued yet"))

    @display(description=_("value"), ordering="value")
    def worth(self, coupon: Coupon) -> str:
        return money(coupon.value, coupon.pool.currency)

    @display(description=_("state"), ordering="redeemed_at")
    def state_now(self, coupon: Coupon) -> SafeString:
        return coupon_pill(coupon)

    @display(description=_("issued"), ordering="issued_at")
    def issued(self, coupon: Coupon) -> str:
        return day(coupon.issued_at)

    @display(description=_("expires"), ordering="expires_at")
    def expires(self, coupon: Coupon) -> str:
        return day(coupon.expires_at)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {"pill": coupon_pill(obj), "entries": obj.entries.order_by("pk")}


def coupon_pill(coupon: Coupon) -> SafeString:
    """Redeemed, reserved, open or expired, as a coloured word."""
    if coupon.redeemed_at:
        return pill("done", str(_("redeemed")))
    if coupon.held_until and coupon.held_until > now():
        return pill("running", str(_("reserved")))
    return (
        pill("expired", str(_("expired")))
        if coupon.expires_at <= now()
        else pill("waiting", str(OPEN))
    )


def share(part: int | Decimal, whole: int | Decimal) -> float:
    """How much of the whole is used, 0–1."""
    return float(part) / float(whole) if whole else 0.0
