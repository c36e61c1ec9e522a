"""What a server was asked to do, once everything in it has been checked."""

from __future__ import annotations

from dataclasses import dataclass

from serve.access.access import AccessRules
from serve.access.exposure import ListeningAddress
from serve.models.repository import ModelFile
from serve.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What is served, where, and to whom.

    Attributes
    ----------
    settings : ServerSettings
        What the server was started with.
    access : AccessRules
        Who may come in.
    address : ListeningAddress
        Where it listens.
    files : tuple of ModelFile
        The models, in the order in which they are to be loaded.
    """

    settings: ServerSettings
    access: AccessRules
    address: ListeningAddress
    files: tuple[ModelFile, ...]
