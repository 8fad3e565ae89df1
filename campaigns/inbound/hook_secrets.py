"""Make a webhook address; its lock is that of every address that others post to."""

from campaigns.models import Campaign, Hook
from profiles.intake.sources.signing_secrets import STANDARD
from retention_site.lib.security import encrypted_fields


def create(
    slug: str,
    campaign: Campaign,
    *,
    customer_field: str,
    key_field: str,
    signed_by: str = STANDARD,
    secret: str = "",
) -> tuple[Hook, str]:
    """Make a webhook address and return it with its secret, shown this once; a shop
    system may bring its own.
    """
    secret = secret or encrypted_fields.new_secret()
    hook = Hook.objects.create(
        slug=slug,
        campaign=campaign,
        signed_by=signed_by,
        secrets=[encrypted_fields.sealed(secret)],
        customer_field=customer_field,
        key_field=key_field,
    )
    return hook, secret
