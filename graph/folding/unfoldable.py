"""Why a scaling stays where it is."""

from __future__ import annotations


class UnfoldableError(Exception):
    """A factor that cannot go this way; its text is the reason, and is kept in the account.

    No error of the user's: the fold is not made, and the model computes what it did.
    """
