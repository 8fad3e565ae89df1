"""The numbers of the pages are those of the tables, and they add up."""

from django.urls import reverse

from campaigns.admin.campaign.run_counts_page import standing
from campaigns.models import Message
from campaigns.proof.reports.run_counts import facts_of
from tests import factories as make


def test_everyone_of_the_audience_is_counted_once(shop):
    counted = standing(Message.objects.filter(run=shop.run))
    assert counted.n == len(shop.customers)
    assert counted.n_send + sum(n for _reason, n in counted.holds) == counted.n
    assert sum(n for _state, _words, n in counted.states) == counted.n
    assert sum(n for _arm, n, _reached in counted.arms) == counted.n
    assert (
        counted.n_reached
        == Message.objects.filter(run=shop.run, state__in=Message.REACHED).count()
    )


def test_the_page_counts_what_the_report_counts(shop):
    """The page's numbers and those of `manage.py campaign report` are the same."""
    reported, counted = (
        facts_of(shop.run),
        standing(Message.objects.filter(run=shop.run)),
    )
    assert reported["decisions"] == {
        "send": counted.n_send,
        "hold": dict(counted.holds),
    }
    assert reported["states"] == {state: n for state, _words, n in counted.states}
    assert {name: found["sent"] for name, found in reported["channels"].items()} == {
        channel: reached for channel, _n, reached in counted.channels
    }


def test_a_run_without_messages_stands_at_nothing(db):
    counted = standing(Message.objects.none())
    assert (counted.n, counted.share_done, counted.states) == (0, 0.0, [])


def test_the_campaign_page_says_when_counts_do_not_add_up(signed_in, shop):
    address = reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    assert "adds up to the audience" in signed_in.get(address).content.decode()
    Message.objects.filter(run=shop.run).first().delete()
    assert "these do not add up" in signed_in.get(address).content.decode()


def test_simulated_contacts_are_named_wherever_they_show(signed_in, shop):
    person = shop.customers[0]
    message = person.messages.get()
    for address in (
        reverse("admin:index"),
        reverse("admin:profiles_customer_changelist"),
        reverse("admin:profiles_customer_change", args=[person.pk]),
        reverse("admin:campaigns_message_changelist"),
        reverse("admin:campaigns_message_change", args=[message.pk]),
        reverse("admin:campaigns_campaign_change", args=[shop.finished.pk]),
    ):
        assert "simulated contact data" in signed_in.get(address).content.decode(), (
            address
        )


def test_real_contacts_are_not_called_simulated(signed_in, db):
    person = make.make_customer()
    page = signed_in.get(reverse("admin:profiles_customer_change", args=[person.pk]))
    assert "simulated" not in page.content.decode()


def test_a_finished_campaign_strikes_the_usual_claim_through(signed_in, shop):
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[shop.finished.pk])
    ).content.decode()
    assert "No effect is claimed" in page
    assert '<s class="r-faint">+$252.00</s>' in page
    assert "20.00% of the recipients" in page


def test_a_simulated_effect_is_named_so(signed_in, shop):
    report = shop.campaign.effects.get(label="simulated lift")
    page = signed_in.get(
        reverse("admin:campaigns_effectreport_change", args=[report.pk])
    ).content.decode()
    assert "It says nothing about the campaign" in page
