"""`python -m image_repo` runs the command `image-repo`."""

import sys

from image_repo.cli.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
