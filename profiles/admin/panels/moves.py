"""Who entered a segment and who left it, day by day."""

from datetime import timedelta

from profiles.models import Segment
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now, shop_zone

DAYS = 28
HEIGHT = 18  # of the larger side of the drawing


def panel(segment: Segment) -> Panel:
    today = now().astimezone(shop_zone()).date()
    days = {
        one.day: one for one in segment.days.filter(day__gt=today - timedelta(DAYS))
    }
    moved = [(one.n_joined, one.n_left) for one in days.values()]
    most = max((max(pair) for pair in moved), default=0) or 1
    bars = [
        {
            "day": day,
            "x": 7 * place,
            "joined": one.n_joined,
            "left": one.n_left,
            "up": round(HEIGHT * one.n_joined / most, 1),
            "top": round(HEIGHT - HEIGHT * one.n_joined / most, 1),
            "down": round(HEIGHT * one.n_left / most, 1),
        }
        for place in range(DAYS)
        if (one := days.get(day := today - timedelta(DAYS - 1 - place)))
    ]
    facts = {
        "bars": bars,
        "n_joined": sum(joined for joined, _left in moved),
        "n_left": sum(left for _joined, left in moved),
        "days": DAYS,
    }
    return Panel("admin/panels/customer/moves.html", Column.SIDE, facts)
