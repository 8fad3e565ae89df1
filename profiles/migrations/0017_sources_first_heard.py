"""A source says whether anything of it was ever heard; what older ones brought is in the tally and the quarantine."""

from django.db import migrations, models

HEARD_BEFORE = """
    UPDATE profiles_inboundsource source SET first_heard_at = heard.at FROM (
        SELECT source, min(at) AS at FROM (
            SELECT source, last_received_at AS at FROM profiles_sourceday WHERE last_received_at IS NOT NULL
            UNION ALL SELECT source, created_at FROM profiles_quarantinedrow
        ) any_of_them GROUP BY source
    ) heard WHERE heard.source = source.slug
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0016_customers_by_name")]

    operations = [
        migrations.AddField(
            "inboundsource",
            "first_heard_at",
            models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="first heard"
            ),
        ),
        migrations.RunSQL(HEARD_BEFORE, migrations.RunSQL.noop),
    ]
