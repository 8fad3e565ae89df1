"""A report is printed light: paper is white, whatever the screen is."""

import pytest
from django.urls import reverse

from campaigns.models import EffectReport

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IS_DARK = "document.documentElement.classList.contains('dark')"


def test_a_dark_page_is_printed_light_and_stays_dark(signed_in, address, complaints):
    page, report = signed_in, EffectReport.objects.earliest("pk")
    place = reverse("admin:campaigns_effectreport_change", args=[report.pk])
    page.goto(f"{address}{place}")
    page.evaluate("window.rapportTheme('dark')")
    page.evaluate(
        f"addEventListener('beforeprint', () => {{ window.printed = {IS_DARK}; }})"
    )
    page.pdf()
    assert page.evaluate("window.printed") is False
    assert page.evaluate(IS_DARK) is True
    assert complaints == []
