"""jsonata-python over the tree of a set, in its own environment: `python peer_jsonata.py FILE` prints JSON."""

import json
import sys
import time
from pathlib import Path

from jsonata import Jsonata


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    expression, tree = Jsonata(given["expression"]), given["tree"]
    milliseconds = []
    found = expression.evaluate(tree)
    for _ in range(given["rounds"]):
        start = time.process_time()
        found = expression.evaluate(tree)
        milliseconds.append((time.process_time() - start) * 1e3)
    print(json.dumps({"milliseconds": milliseconds, "order": found}))


if __name__ == "__main__":
    main()
