"""Bots' parser on one file, in an environment of its own: `python peer_bots.py HOME FILE RUNS` prints JSON.

Imports nothing of the gateway. HOME has `config/` and `usersys/`, which `bots_home.py` wrote. Measured is what Bots
does with a file that comes in: read, cut, parse into a tree with its checks, and split into messages.
"""

import json
import logging
import os
import sys
import time

from memory import peak_kb


def main(home: str, file: str, runs: int) -> None:
    os.chdir(home)
    sys.path.insert(0, home)
    from bots import botsglobal, botsinit, inmessage

    botsinit.generalinit("config")
    botsglobal.logger = botsglobal.logmap = logging.getLogger("bots")
    seconds, sets = [], 0
    for _ in range(runs):
        start = time.perf_counter()
        found = inmessage.parse_edi_file(editype="x12", messagetype="x12", filename=file, charset="us-ascii")
        found.checkforerrorlist()
        sets = sum(1 for _ in found.nextmessage())
        seconds.append(time.perf_counter() - start)
        del found
    peak = peak_kb()
    print(json.dumps({"seconds": seconds, "sets": sets, "peak_kb": peak}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
