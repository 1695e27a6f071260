"""Use cases of the maintainer: find and mend what faults left behind. No function needs them, and none has them."""
