"""The words behind `make run`, `make demo` and `make stop`; `start ROLE` for hosts that
keep each role running themselves.
"""

import argparse
import os
import signal
import sys

from retention_site.lib import environment
from retention_site.lib.embedded import ServiceError, read_shop_settings
from retention_site.lib.processes import roles, serving
from retention_site.lib.processes.address import Address
from retention_site.lib.processes.supervisor import GaveUpError


def main() -> int:
    parser = argparse.ArgumentParser(prog="processes")
    parser.add_argument("word", choices=["run", "demo", "stop", "start"])
    parser.add_argument("role", nargs="?", choices=roles.ROLES)
    told = parser.parse_args()
    word = told.word
    if (word == "start") != bool(told.role):
        parser.error("start names one role, and no other word does")
    # until the supervisor takes over
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if word == "stop":
            print(f"ended: {', '.join(serving.stop()) or 'nothing was running'}")
            return serving.DONE
        read_shop_settings()
        if wrong := environment.faults(os.environ):
            print("\n".join(wrong), file=sys.stderr)
            return serving.WRONG_SETTINGS
        if told.role:
            return roles.start(told.role)
        stays = word == "run" or os.environ.get("SERVE", "1") != "0"
        return serving.serve(
            Address.of(os.environ), with_demo=word == "demo", stays=stays
        )
    except (ServiceError, GaveUpError) as error:
        print(error, file=sys.stderr)
        return serving.FAILED
    except KeyboardInterrupt:
        return serving.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
