"""Client of the Image Repo service: a Python library, and the command `image-repo`."""

from image_repo.client import Client
from image_repo.description import UNCHANGED
from image_repo.errors import (
    APIConnectionError,
    APIError,
    Cancelled,
    FileReadError,
    ImageRepoError,
    ServiceUnavailable,
    UnexpectedResponse,
)
from image_repo.models import (
    CheckedFiles,
    CheckedWords,
    Content,
    FormatStats,
    Image,
    ImageDetails,
    Inspection,
    IssuedTicket,
    Page,
    Problem,
    SignedUpload,
    Stats,
    Thumbnail,
    Thumbnails,
    Ticket,
    UploadedImage,
    ViewedImage,
)
from image_repo.retry import Backoff, RetryPolicy

__version__ = "0.1.0"
__all__ = [
    "UNCHANGED",
    "APIConnectionError",
    "APIError",
    "Backoff",
    "Cancelled",
    "CheckedFiles",
    "CheckedWords",
    "Client",
    "Content",
    "FileReadError",
    "FormatStats",
    "Image",
    "ImageDetails",
    "ImageRepoError",
    "Inspection",
    "IssuedTicket",
    "Page",
    "Problem",
    "RetryPolicy",
    "ServiceUnavailable",
    "SignedUpload",
    "Stats",
    "Thumbnail",
    "Thumbnails",
    "Ticket",
    "UnexpectedResponse",
    "UploadedImage",
    "ViewedImage",
]
