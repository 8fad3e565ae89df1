"""The folder and servers of one test run: real PostgreSQL and real Valkey, thrown away
afterwards.

Prepared before settings are read. The processes of pytest-xdist share the servers; each
has a database of its own in both. Nothing of the developer's own environment (a
DATABASE_URL, a SHOP_CLOCK) reaches the tests.
"""

import os
import shutil
import tempfile
from pathlib import Path

from retention_site.lib import embedded
from retention_site.lib.embedded import postgres, valkey
from retention_site.lib.processes.leftovers import end_leftovers
from retention_site.lib.processes.records import Records

PREFIX = "rapport-tests-"
LAUNCHED = "launched-"
VARIABLE = "RAPPORT_TEST_RUN"
CLOCK = "RAPPORT_TEST_CLOCK"
STRANGE = (
    "DATABASE_URL REDIS_URL DATA_DIR MODEL_DIR HISTORY_URL EMAIL_URL SMS_URL PUSH_URL"
    " ENCODER_MODEL GENERATOR_MODEL GENERATOR_URL BASE_URL SECRET_KEY SHOP_TIME_ZONE"
    " SHOP_CURRENCY SHOP_COUNTRY SHOP_CLOCK SHOP_MARGIN SEND_COSTS PORT BIND SHOP_URL"
    " CORS_ORIGINS TRUSTED_PROXIES ALLOWED_HOSTS FROM_EMAIL SMS_SENDER METRICS_TOKEN"
    " OPERATOR_EMAILS STORE_URL GENERATOR_KEY JUDGE_MODEL SENTRY_DSN LOG_LEVEL LOG_JSON"
).split()


def prepare() -> bool:
    """Choose the run's folder and point the environment at it; say whether this process
    is the one that clears up.
    """
    is_first = VARIABLE not in os.environ
    if is_first:
        _clear_up_after_killed_runs()
        os.environ[VARIABLE] = str(_new_folder())
    for name in STRANGE:
        os.environ.pop(name, None)
    os.environ["DATA_DIR"] = os.environ[VARIABLE]
    os.environ["REDIS_URL"] = valkey.url(embedded.place(), _number() + 1)
    # the sinks; tests of the guard take it away
    os.environ["INSIDE_HOSTS"] = "127.0.0.1"
    os.environ["HF_HUB_OFFLINE"] = "1"
    # the suite on another day: RAPPORT_TEST_CLOCK=2028-02-29T12:00Z make test
    if os.environ.get(CLOCK):
        os.environ["SHOP_CLOCK"] = os.environ[CLOCK]
    os.environ["SHOP_URL"] = "https://shop.example"
    # tests of it set it; in all others a customer is written to for sure
    os.environ["GLOBAL_HOLDOUT"] = "0"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    return is_first


def start() -> None:
    """Bring the servers up, or find them up already."""
    place = embedded.place()
    postgres.start(place, is_throwaway=True)
    valkey.start(place)


def folder_for_records() -> Path:
    """Return a new folder for what one test starts, where the next run finds it if this
    one is killed.
    """
    return Path(tempfile.mkdtemp(prefix=LAUNCHED, dir=embedded.place().run))


def clear_up(folder: Path) -> None:
    """End every process of a run and remove its folders."""
    place = embedded.place(folder)
    for records in (place.records, *map(Records, place.run.glob(f"{LAUNCHED}*"))):
        end_leftovers(records)
    valkey.stop(place)
    postgres.stop(place)
    shutil.rmtree(place.run, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder.chmod(0o711)  # the database's account must be able to pass through
    (folder / "static").mkdir()  # WhiteNoise asks for it
    Records(folder).write("pytest", os.getpid())
    return folder


def _clear_up_after_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if (
            folder.stat().st_uid == os.geteuid()
            and Records(folder).living("pytest") is None
        ):
            clear_up(folder)


def _number() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
