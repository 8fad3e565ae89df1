from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

APPS = ("profiles", "recommender", "campaigns")
# models whose rights no role was given before roles remembered
LATER = (
    "contactpace",
    "couponentry",
    "draft",
    "draftsave",
    "importfile",
    "pointslot",
    "pointsmovement",
    "pointsposting",
    "savedmapping",
    "segmentday",
    "segmentdraft",
    "shoprule",
)
MARKETS = (
    "campaign",
    "template",
    "segment",
    "listrules",
    "contactlimit",
    "couponpool",
    "schedule",
    "item",
    "rate",
    "seedaddress",
)
SECRETS = (
    "apikey",
    "inboundsource",
    "channelsettings",
    "hook",
    "shopkey",
    "idempotentcall",
    "auditentry",
)
CARES = ("view_personal_data", "export_customer", "erase_customer")
KEEPS_IN_ORDER = ("change_quarantinedrow", "change_merge", "change_job")
BESIDE_LOOKING = {
    "marketer": lambda model, code: (
        model in MARKETS and code.startswith(("add_", "change_"))
    ),
    "approver": lambda model, code: code == "approve_campaign",
    "analyst": lambda model, code: False,
    "support": lambda model, code: code in (*CARES, *KEEPS_IN_ORDER),
}


def remember(apps: Any, schema_editor: Any) -> None:
    """Note what the roles that are there came with, whatever was taken since."""
    groups = apps.get_model("auth", "Group").objects
    kept = apps.get_model("profiles", "GivenRights").objects
    rights = list(
        apps.get_model("auth", "Permission")
        .objects.filter(content_type__app_label__in=(*APPS, "auth"))
        .exclude(content_type__model__in=LATER)
        .values_list("content_type__app_label", "content_type__model", "codename")
    )
    for group in groups.filter(name__in=("admin", *BESIDE_LOOKING)):
        kept.create(
            role_id=group.pk,
            rights=[".".join(one) for one in rights if _came_with(group.name, *one)],
        )


def _came_with(role: str, app: str, model: str, code: str) -> bool:
    if role == "admin":
        return True
    if app == "auth":
        return False
    is_secret = model in SECRETS or code == "view_personal_data"
    looks = code.startswith("view_") and not is_secret
    return looks or BESIDE_LOOKING[role](model, code)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("profiles", "0029_customers_with_simulated_contacts"),
    ]

    operations = [
        migrations.CreateModel(
            name="GivenRights",
            fields=[
                (
                    "role",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="auth.group",
                    ),
                ),
                (
                    "rights",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "rights a role came with",
                "verbose_name_plural": "rights that roles came with",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
