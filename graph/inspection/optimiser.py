"""What ONNX Runtime makes of one model, at each level and without chosen passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import onnx

from graph.inspection.named_model import with_named_nodes
from graph.session import Level, open_session, writing_options

MODEL_NAME = "model.onnx"
# protobuf writes no more than 2 GiB; some of it is the graph's.
_LARGEST_FILE_BYTES = 2**31 - 2**24


class Optimiser:
    """Opens one model again and again and keeps the graphs that ONNX Runtime wrote down.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory; `named` is its copy with a name for every node.
    folder : Path
        An empty folder for its files; the caller removes it.
    """

    def __init__(self, model: onnx.ModelProto, folder: Path) -> None:
        self.named = with_named_nodes(model)
        self.path = folder / MODEL_NAME
        self._written = folder / "optimised.onnx"
        self._graphs: dict[tuple[Level, frozenset[str]], onnx.GraphProto] = {}
        save_beside(self.named, self.path)

    def graph(self, level: Level, without: Iterable[str] = ()) -> onnx.GraphProto:
        """Return the graph that runs at a level, large weights left out.

        Parameters
        ----------
        level : str
            How far ONNX Runtime may go.
        without : iterable of str
            Passes that are turned off.

        Raises
        ------
        ArtifactError
            If ONNX Runtime refuses the model.
        """
        key = level, frozenset(without)
        if key not in self._graphs:
            options = writing_options(self._written, level=level, without=key[1])
            open_session(self.path, options=options)
            written = onnx.load_model(self._written, format="protobuf", load_external_data=False)
            self._graphs[key] = written.graph
        return self._graphs[key]

    def nodes(self, level: Level, without: Iterable[str] = ()) -> Mapping[str, onnx.NodeProto]:
        """Return the same graph's nodes by their names.

        Raises
        ------
        ArtifactError
            As `graph` does.
        """
        graph = self.graph(level, without)
        return MappingProxyType({node.name: node for node in graph.node})


def save_beside(model: onnx.ModelProto, path: Path) -> None:
    """Write a model to a file, its weights beside it where one file cannot hold them."""
    if model.ByteSize() <= _LARGEST_FILE_BYTES:
        onnx.save_model(model, path)
        return
    # Saving beside takes the weights out of the model that it is given.
    emptied = onnx.ModelProto()
    emptied.CopyFrom(model)
    weights = f"{path.name}.weights"
    onnx.save_model(emptied, path, save_as_external_data=True, location=weights)
