"""What a step of a run can end with, besides success."""


class Failed(Exception):
    """What is wrong, what that means and what to do, in sentences."""


class NotWritten(Failed):
    """The same, and nothing was written that would have to be removed."""


class Skipped(Exception):
    """Why a step cannot be tried here; the part of a sentence after "because"."""
