"""The domain: the model, its errors and its ports. It needs only the standard library."""
