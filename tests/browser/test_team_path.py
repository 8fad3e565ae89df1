"""A marketer and an analyst are invited by clicking only, come in, and the pages fit a
phone, in English and in Chinese.
"""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User

from tests.factories import PASSWORD, make_marketer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES", "")
MOST_CLICKS = 4  # invite, role, send, done
PHRASE = "a quite long phrase 7"


@pytest.fixture
def boss(address, page, complaints):
    """The browser of an admin, on the team's page."""
    person = make_marketer("boss", is_superuser=False)
    person.groups.add(Group.objects.get(name="admin"))
    page.goto(f"{address}/admin/")
    page.fill("#id_username", "boss")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form button[type=submit]")
    page.goto(f"{address}/admin/team/")
    return page


def look(page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def is_too_wide(page) -> bool:
    script = (
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return bool(page.evaluate(script))


def invite(page, email: str, role: str) -> tuple[str, int]:
    """Invite by clicking; return the link and how many clicks it took."""
    page.click("text=Invite a colleague")
    page.fill("#email", email)
    page.check(f"input[name=role][value={role}]")
    look(page, f"invite_{role}")
    page.click("text=Send the invitation")
    link = page.locator("#link").inner_text()
    look(page, f"invited_{role}")
    page.click("text=Done")
    return link, 4


def test_a_marketer_and_an_analyst_are_invited_and_come_in(
    boss, browser, address, complaints
):
    for role in ("marketer", "analyst"):
        link, clicks = invite(boss, f"{role}@shop.example", role)
        assert clicks <= MOST_CLICKS
        guest = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        guest.goto(link)
        look(guest, f"join_{role}")
        guest.fill("#full_name", f"Anna {role.title()}")
        guest.fill("#username", f"anna-{role}")
        guest.fill("#password", PHRASE)
        guest.fill("#again", PHRASE)
        guest.click("main button")
        guest.wait_for_url(f"{address}/admin/")
        guest.goto(f"{address}/admin/sign-ins/")
        assert "on Linux" in guest.content()
        look(guest, f"sign_ins_{role}")
        guest.goto(link)
        assert "no longer valid" in guest.content()
        guest.context.close()
    assert not [said for said in complaints if "410" not in said]
    people = User.objects.filter(groups__name__in=["marketer", "analyst"])
    assert people.filter(is_staff=True, is_superuser=False).count() == 2


def test_a_role_is_changed_and_an_account_closed_by_clicking(boss, address):
    person = make_marketer("paula", is_superuser=False)
    person.groups.add(Group.objects.get(name="analyst"))
    page = boss
    page.reload()
    page.click("text=paula")
    page.check("input[name=role][value=marketer]")
    page.check("input[value='profiles.view_personal_data']")
    page.click("text=Save")
    page.wait_for_selector("text=it holds from now on")
    look(page, "member")
    person = User.objects.get(username="paula")
    assert person.has_perms(
        ["campaigns.change_campaign", "profiles.view_personal_data"]
    )
    page.click("text=Close the account")
    page.click("dialog.r-asks [data-yes]")
    page.wait_for_selector("text=Open the account")
    assert not User.objects.get(username="paula").is_active


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit(boss, address, width, language, complaints):
    invite(boss, "someone.with.a.long.name@a-long-domain.example", "support")
    other = make_marketer("somebody", is_superuser=False)
    other.groups.add(Group.objects.get(name="approver"))
    boss.context.add_cookies(
        [{"name": "django_language", "value": language, "url": address}]
    )
    boss.set_viewport_size({"width": width, "height": 900})
    for name, path in {
        "team": "team/",
        "team_invite": "team/invite/",
        "team_member": f"team/{other.pk}/",
        "team_sign_ins": "sign-ins/",
    }.items():
        boss.goto(f"{address}/admin/{path}")
        look(boss, f"{name}_{width}_{language}")
        assert not is_too_wide(boss), path
    assert complaints == []
