"""The models that are served, and whether they may be asked yet."""

from __future__ import annotations

from collections.abc import Sequence

from contract.errors import NotReadyError, UnknownModelError, nearest
from serve.models.served_model import ServedModel
from serve.models.state import State
from serve.statistics.tallies import Tallies

_NOT_READY = {
    State.LOADING: "the server is loading its models",
    State.DRAINING: "the server is shutting down",
}


class ServedModels:
    """The models of this process by name and version, and the state of the whole server.

    Attributes
    ----------
    by_infer_url : dict of bytes to ServedModel
        The model that each infer URL belongs to, as it stands in a request line. A request
        finds its model with this one look-up, whichever it is and however many there are.
    """

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies
        self._versions: dict[str, dict[str, ServedModel]] = {}
        self.by_infer_url: dict[bytes, ServedModel] = {}

    @property
    def state(self) -> State:
        """What the server is doing."""
        return State(self._tallies.state)

    @state.setter
    def state(self, state: State) -> None:
        self._tallies.state = state

    def publish(self, models: Sequence[ServedModel]) -> None:
        """Open models for requests, of names that are not open.

        Parameters
        ----------
        models : sequence of ServedModel
            The models; the versions of each name in ascending order.
        """
        for served in models:
            identity = served.model.identity
            self._versions.setdefault(identity.name, {})[identity.version] = served
            path = f"/v2/models/{identity.name}"
            self.by_infer_url[f"{path}/versions/{identity.version}/infer".encode()] = served
            self.by_infer_url[f"{path}/infer".encode()] = served

    def withdraw(self, name: str) -> tuple[ServedModel, ...]:
        """Close a model, all versions of it, for further requests.

        Returns
        -------
        tuple of ServedModel
            What was closed; what it has begun it finishes. Nothing where there was no such model.
        """
        versions = self._versions.pop(name, {})
        for version in versions:
            del self.by_infer_url[f"/v2/models/{name}/versions/{version}/infer".encode()]
        self.by_infer_url.pop(f"/v2/models/{name}/infer".encode(), None)
        return tuple(versions.values())

    def require_ready(self) -> None:
        """Check that the server takes requests.

        Raises
        ------
        NotReadyError
            While it loads and while it shuts down.
        """
        state = self.state
        if state is not State.READY:
            raise NotReadyError(_NOT_READY[state])

    def find(self, name: str, version: str | None = None) -> ServedModel:
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
                f"model {_shortened(name)!r} has no version {_shortened(version)!r}",
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

    def all(self) -> tuple[ServedModel, ...]:
        """Return every version of every model, in the order in which they were published."""
        return tuple(model for versions in self._versions.values() for model in versions.values())

    def _of(self, name: str) -> dict[str, ServedModel]:
        versions = self._versions.get(name)
        if versions is None:
            if self.state is State.LOADING:
                raise NotReadyError(_NOT_READY[State.LOADING])
            name = _shortened(name)
            raise UnknownModelError(f"no model {name!r}", remedy=nearest(name, self._versions))
        return versions


def _shortened(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:100]}..."
