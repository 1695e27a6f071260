"""`make smoke`: try a whole service with images of random pixels, name the cause of each failure, and clean up."""
