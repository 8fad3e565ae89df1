"""Who is held out of all marketing is nobody's control: rows from before say the wider reason, too."""

from django.db import migrations

HELD_OUT_ONCE = """
    UPDATE campaigns_message SET reason = 'global holdout'
    WHERE is_held_out AND state = 'held' AND reason = 'control group'
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_hooks_of_shop_systems")]

    operations = [migrations.RunSQL(HELD_OUT_ONCE, migrations.RunSQL.noop)]
