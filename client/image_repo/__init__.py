"""Image Repo for those who upload: a Python client, and the command `image-repo`."""

from image_repo.client import Client
from image_repo.errors import CannotRead, ImageRepoError, Lost, Problem, Unanswered

__version__ = "0.1.0"
__all__ = ["CannotRead", "Client", "ImageRepoError", "Lost", "Problem", "Unanswered"]
