"""Ask every question of the test set and print how it ended, by language and kind.

    python -m benchmarks.service_answers [--learn] [--show] [--card FILE]

`--learn` learns how sure an answer is from the tuning sets first; the test set's
documents are of other shops. `--card` writes the risk–coverage curve.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import django


def main() -> None:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    django.setup()
    from django.conf import settings

    from benchmarks.service_answers.learning import learn
    from benchmarks.service_answers.report import measured, printed, written

    home = options.home or Path(settings.MODEL_DIR) / "encoders"
    if options.learn:
        learn(home)
    found = measured(home)
    print(printed(found, shows=options.show))
    if options.card:
        options.card.write_text(written(found), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    parser.add_argument("--card", type=Path, help="write the report as Markdown")
    parser.add_argument("--home", type=Path, help="where the encoders are kept")
    return parser.parse_args()


main()
