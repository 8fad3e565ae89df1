"""Who may approve: a right of its own, asked for at every door."""

from __future__ import annotations

from django.contrib.auth.models import User

MAY_APPROVE = "campaigns.approve_campaign"


def lacks_right(person: User) -> str:
    """Say in one sentence why somebody may not approve."""
    return (
        f"{person.get_username()} may not approve campaigns; that takes the right"
        f" {MAY_APPROVE}, as the role approver has it."
    )
