"""`python -m image_repo` is `image-repo`."""

import sys

from image_repo.cli import main

if __name__ == "__main__":
    sys.exit(main())
