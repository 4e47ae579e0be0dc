"""The `gateway` command, except that unsealing a transmission with the marker in it ends the process at once.

Stands for a fault that no `except` sees: a crash in native code, or the kernel's out-of-memory killer.
"""

import os
from collections.abc import Callable

from gateway.app import road as composition
from gateway.cli.main import main
from gateway.pipeline.inbound.unseal import Source, unseal
from gateway.pipeline.ports import CrossReferences
from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import Received, TransmissionOutcome

PROGRAM = ("-m", "tests.journeys.poisoned_gateway")
MARKER = "GATEWAY_TEST_POISON"
EXIT_CODE = 70


def _deadly(
    received: Received, source: Source, rules: Rules, new_id: Callable[[], str], references: CrossReferences | None
) -> TransmissionOutcome:
    if os.environ[MARKER].encode() in b"".join(source.chunks(received.content)):
        os._exit(EXIT_CODE)
    return unseal(received, source, rules, new_id, references)


if __name__ == "__main__":
    composition.unseal = _deadly  # type: ignore[attr-defined]  # the name it calls; it exports none
    main()
