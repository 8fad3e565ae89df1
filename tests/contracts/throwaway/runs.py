"""A campaign file becomes rows that wait, without the history."""

from campaigns.lifecycle import campaign_files
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve
from campaigns.models import Run
from campaigns.planning.audiences.frozen_audience import freeze
from campaigns.planning.jobs import plan_part
from campaigns.planning.launch import launch
from profiles.models import Customer
from tests.factories import make_approver, make_colleague


def planned(campaign: str, *customers: Customer) -> Run:
    """Plan the messages of a campaign file for these customers."""
    applied = apply(campaign_files.parse(campaign), by=make_colleague())
    run = launch(
        approve(applied.version, by=make_approver()), key="once", started_by="a test"
    )
    chosen = freeze({one.pk: one.external_id for one in customers})
    plan_part(run, list(chosen.customers))
    return run.move(
        Run.State.SENDING,
        n_audience=len(chosen.customers),
        audience_hash=chosen.hash,
    )
