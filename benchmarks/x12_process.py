"""`gateway ARGUMENTS` in this process, and its peak memory in KB written to the file named first.

python x12_process.py PEAK_FILE x12 check orders.edi
"""

import atexit
import sys
from pathlib import Path

from memory import peak_kb

from gateway.cli.main import main

if __name__ == "__main__":
    place = Path(sys.argv.pop(1))
    atexit.register(lambda: place.write_text(str(peak_kb())))
    main()
