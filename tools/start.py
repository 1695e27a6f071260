"""`python -m tools.start MODULE …`: run the command of that module. Ctrl-C or a closed pipe ends it without traceback.

A command spends its first moments in its imports, where no `try` of its own can catch Ctrl-C.
"""

import os
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
    except BrokenPipeError:  # the reader of the output has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes what is left at its end
        sys.exit(1)


if __name__ == "__main__":
    main()
