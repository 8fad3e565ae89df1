"""A browser opens every page of the admin: nothing is refused by the policy, nothing
hinders those who can't see or can't point, and nothing sticks out sideways.
"""

from pathlib import Path

import axe_playwright_python
import pytest
from django.contrib import admin
from django.urls import reverse

import retention_site.urls  # noqa: F401  with the addresses the pages are found
from campaigns.models import CampaignVersion
from retention_site.menu.views import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
WATCH = """window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
window.underWay = 0;
const send = XMLHttpRequest.prototype.send, load = window.fetch;
XMLHttpRequest.prototype.send = function (...said) {
    window.underWay += 1;
    this.addEventListener("loadend", () => { window.underWay -= 1; });
    return send.apply(this, said);
};
window.fetch = (...said) => {
    window.underWay += 1;
    return load(...said).finally(() => { window.underWay -= 1; });
};"""
# parts that come after the page; waiting for silence on the line takes half a second
AT_REST = """() => new Promise((done) => requestAnimationFrame(() =>
    setTimeout(() => done(window.underWay === 0), 20)))"""
LOOK = """async (only) => {
    const found = await axe.run(document, {runOnly: only, iframes: false, resultTypes: ["violations"]});
    return found.violations.filter(({impact}) => ["serious", "critical"].includes(impact))
        .map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 160)}`);
}"""
# what a theme changes is colours
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
N_PARTS = 4  # so that two workers share them and each stays below a test's time


def menu_pages() -> list[str]:
    entries = [entry for place in PLACES for entry in place.entries]
    pages = [page.address() for entry in entries for page in entry.pages]
    pages += [reverse("settings-index", args=[one.key]) for one in entries if one.key]
    return [page for page in pages if page]


def things() -> list[str]:
    """Return each list with its first thing, and each form that makes one."""
    found = []
    for model, its_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        first = model._default_manager.order_by("pk").first()
        found += [reverse(f"{name}_change", args=[first.pk])] if first else []
        if "has_add_permission" not in type(its_admin).__mro__[1].__dict__:
            found.append(reverse(f"{name}_add"))
    return found


def others() -> list[str]:
    version = CampaignVersion.objects.order_by("pk").first()
    return [
        reverse("words", args=[version.pk]),
        reverse("template-new", args=["email"]),
        reverse("channel", args=["email"]),
        *(reverse("inbox-channel", args=[one]) for one in ("email", "sms", "push")),
        *map(
            reverse, ("key-new", "source-new", "quarantine-together", "second-factor")
        ),
        reverse("admin:password_change"),
        "/admin/no/such/page/",
    ]


def opened(page, address: str) -> list[str]:
    """Open a page wide and narrow, light and dark; return what is wrong with it."""
    page.set_viewport_size(WIDE)
    answer = page.goto(address)
    if answer.status == 403:  # nothing of this kind can be added by hand
        return []
    page.wait_for_function(AT_REST)
    wrong = [f"refused: {one}" for one in page.evaluate("window.refused")]
    page.evaluate(AXE)  # it writes styles of its own, which are refused too
    for theme, rules in RULES.items():
        page.evaluate("(theme) => window.rapportTheme(theme)", theme)
        wrong += [f"{theme}: {one}" for one in page.evaluate(LOOK, rules)]
        wrong += ["1440 px: sideways"] if page.evaluate(SIDEWAYS) else []
    page.set_viewport_size(NARROW)
    return wrong + (["390 px: sideways"] if page.evaluate(SIDEWAYS) else [])


@pytest.mark.parametrize("part", range(N_PARTS))
def test_every_page_is_clean(signed_in, address, part):
    signed_in.add_init_script(WATCH)
    paths = list(dict.fromkeys([*menu_pages(), *things(), *others()]))
    assert len(paths) > 60
    wrong = {
        path: opened(signed_in, f"{address}{path}") for path in paths[part::N_PARTS]
    }
    said = [f"{path} {one}" for path, found in wrong.items() for one in found]
    assert said == [], "\n".join(said)
