"""The configuration file that `brainstem config init` writes: it works on the spot, on one machine with nothing else
installed, and says beside each key what it means.
"""

from pathlib import Path
from typing import Final

from connectors.base import InputError

NAME: Final = "brainstem.toml"

INITIAL: Final = """\
# A live run of brAInstem: it listens, follows files, keeps what it receives on disk until it has read it, and judges.
#
#   brainstem run --config brainstem.toml        run it; Ctrl-C stops it in order
#   logger --server 127.0.0.1 --port 5514 --tcp --octet-count "a first line"
#   brainstem status brainstem-run               what it does; brainstem digest brainstem-run: what it has found
#
# `brainstem config --config brainstem.toml` shows every setting with its value.

[run]
out = "brainstem-run"              # folder of the results; from the current folder unless it begins with /
zone = "UTC"                       # of stamps that name none, and of what you read, such as "Europe/Berlin"
snapshot_seconds = 5               # how far results may lag behind what was received

[spool]                            # the buffer on disk between listeners and run
folder = "brainstem-run-spool"
bytes_most = 1073741824            # full above: connections wait, datagrams are dropped and counted

[status]                           # /metrics for Prometheus, /healthz and /readyz: docs/status.md
address = "127.0.0.1:9514"         # this machine only

[listen]
account = "brainstem-listen.json"  # counts by listener, written every 10 s

[[listen.syslog]]                  # one for each network, port or customer
name = "local"
address = "127.0.0.1:5514"         # this machine only; "0.0.0.0:514" for others, who are then named in networks
transports = ["udp", "tcp"]
tenant = "default"                 # whose messages these are: never taken from a message
# networks = ["192.168.10.0/24"]   # who may send, where others than this machine can

[[files]]                          # files that are followed: what is in them first, then what they gain
paths = ["/var/log"]               # files, folders with all that is below them, or patterns such as "/srv/**/*.log"
tenant = "default"
# exclude = ["*.bak"]              # a name, or with a slash a whole path
# tenant_from = ["/srv/{tenant}/**"]  # the tenant is what stands there; host_from and service_from do the same
# modified_hours_most = 24         # leaves out what has not changed for longer until it does

# [journal]                        # what systemd logs, by journalctl: docs/listen.md
# tenant = "default"
# units = ["nginx.service"]        # all unless given

[[listen.http]]                    # events, logs of OpenTelemetry, webhooks: docs/http.md
name = "local-http"
address = "127.0.0.1:8514"         # this machine only; where others can reach it, it needs tokens
tenant = "default"
"""


def write_initial(path: Path) -> None:
    """Write the file. Raises `InputError` where there is one, or it cannot be written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(INITIAL)
    except FileExistsError as error:
        raise InputError(f"{path} is there already and was left as it is. Name another file.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Check path and rights.") from error
