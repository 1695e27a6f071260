"""What the repository is about, in the standard library alone: the model, its errors, its ports."""
