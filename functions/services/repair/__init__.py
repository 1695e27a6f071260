"""Use cases of the maintainer: find and repair what faults left behind. No deployed function contains them."""
