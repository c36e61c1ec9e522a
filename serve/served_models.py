"""The models that are served, and whether they may be asked yet."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from contract.errors import NotReadyError, UnknownModelError, nearest
from serve.model import LoadedModel


class State(Enum):
    """What the server is doing."""

    LOADING = "the server is loading its models"
    READY = "ready"
    DRAINING = "the server is shutting down"


class ServedModels:
    """The models by name and version.

    Every model is published at once, when all are warm: before, each answer is "not ready".

    Attributes
    ----------
    by_infer_path : dict of str to LoadedModel
        The model that each infer URL's path belongs to. A request finds its model with this
        one lookup, whichever model it is and however many there are.
    """

    def __init__(self) -> None:
        self._state = State.LOADING
        self._versions: dict[str, dict[str, LoadedModel]] = {}
        self.by_infer_path: dict[str, LoadedModel] = {}

    def publish(self, models: Sequence[LoadedModel]) -> None:
        """Open for requests; the versions of a model come in ascending order."""
        for model in models:
            name, version = model.identity.name, model.identity.version
            self._versions.setdefault(name, {})[version] = model
            path = f"/v2/models/{name}"
            self.by_infer_path[f"{path}/versions/{version}/infer"] = model
            self.by_infer_path[f"{path}/infer"] = model
        if self._state is State.LOADING:
            self._state = State.READY

    def drain(self) -> None:
        """Be no longer ready; requests that still come are answered."""
        self._state = State.DRAINING

    def require_ready(self) -> None:
        """Check that the server takes requests.

        Raises
        ------
        NotReadyError
            While it loads and while it shuts down.
        """
        if self._state is not State.READY:
            raise NotReadyError(self._state.value)

    def find(self, name: str, version: str | None = None) -> LoadedModel:
        """Return a model; its highest version where none is named.

        Raises
        ------
        NotReadyError
            While the models are being loaded.
        UnknownModelError
            If there is no such model or version.
        """
        versions = self._of(name)
        if version is None:
            return next(reversed(versions.values()))
        model = versions.get(version)
        if model is None:
            raise UnknownModelError(
                f"model {name!r} has no version {_shortened(version)!r}",
                remedy=nearest(_shortened(version), versions),
            )
        return model

    def versions(self, name: str) -> tuple[str, ...]:
        """Return the versions of a model, ascending.

        Raises
        ------
        NotReadyError, UnknownModelError
            As `find` does.
        """
        return tuple(self._of(name))

    def _of(self, name: str) -> dict[str, LoadedModel]:
        versions = self._versions.get(name)
        if versions is None:
            if self._state is State.LOADING:
                raise NotReadyError(self._state.value)
            name = _shortened(name)
            raise UnknownModelError(f"no model {name!r}", remedy=nearest(name, self._versions))
        return versions


def _shortened(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:100]}..."
