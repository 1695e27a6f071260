"""The command `image-repo`."""
