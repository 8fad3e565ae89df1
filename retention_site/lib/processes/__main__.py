"""The words behind `make run`, `make demo` and `make stop`."""

import argparse
import os
import signal
import sys

from retention_site.lib.embedded import ServiceError, read_shop_settings
from retention_site.lib.processes import serving
from retention_site.lib.processes.supervisor import GaveUpError


def main() -> int:
    parser = argparse.ArgumentParser(prog="processes")
    parser.add_argument("word", choices=["run", "demo", "stop"])
    word = parser.parse_args().word
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the supervisor takes over
    try:
        if word == "stop":
            print(f"ended: {', '.join(serving.stop()) or 'nothing was running'}")
            return serving.DONE
        read_shop_settings()
        stays = word == "run" or os.environ.get("SERVE", "1") != "0"
        return serving.serve(_port(), with_demo=word == "demo", stays=stays)
    except (ServiceError, GaveUpError) as error:
        print(error, file=sys.stderr)
        return serving.FAILED
    except KeyboardInterrupt:
        return serving.INTERRUPTED


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        print(f"PORT={given} is not a port number.", file=sys.stderr)
        sys.exit(2)
    return int(given)


if __name__ == "__main__":
    sys.exit(main())
