"""`python -m tools.start MODULE …`: run the command of that module. Ctrl-C ends it without a traceback.

A command spends its first moments in its imports, where no `try` of its own can catch Ctrl-C.
"""

import runpy
import sys
from typing import Final

_INTERRUPTED: Final = 130


def main() -> None:
    """Run the module that the first argument names, as `python -m` does, with the other arguments."""
    try:
        runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
