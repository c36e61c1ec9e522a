"""Arms of one network that differ by what is known: spins, and a chain of nodes that do nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx

from benchmarks.controls.mul_chain import insert_chains
from benchmarks.controls.spin_record import SPIN_KEY
from benchmarks.peers.example_model import MLP
from contract.document import write_atomically
from contract.repository import model_file
from graph.model_file import load_model, save_model
from loadtest.instruments.instrument import Subjects

REFERENCE, CHAIN, CONTROL = "reference", "chain", "again"
SPINS_NS = {"spin5": 5_000, "spin10": 10_000, "spin20": 20_000}
ARMS = (REFERENCE, *SPINS_NS, CHAIN, CONTROL)
CHAIN_NODES = 32


def put_known_arms(repository: Path, chain_nodes: int = CHAIN_NODES) -> Subjects:
    """Write the arms into a model repository.

    Parameters
    ----------
    repository : Path
        Absolute, empty.
    chain_nodes : int
        How many nodes the chain has; even.

    Raises
    ------
    ArtifactError
        If the folder cannot be written to.
    """
    reference = MLP.put(repository, REFERENCE)
    changes: dict[str, Callable[[onnx.ModelProto], None]] = {
        **{arm: _spinning(spin_ns) for arm, spin_ns in SPINS_NS.items()},
        CHAIN: lambda model: insert_chains(model.graph, chain_nodes, layers=1),
    }
    models = {arm: model_file(repository, arm) for arm in ARMS}
    for arm, change in changes.items():
        model = load_model(reference)
        change(model)
        save_model(model, models[arm])
    write_atomically(models[CONTROL], reference.read_bytes())
    return Subjects(ARMS, models)


def make_spin(path: Path, spin_ns: int) -> None:
    """Write into an ONNX file that it shall spin; the function that it computes stays.

    Raises
    ------
    ArtifactError
        If it is no ONNX file, or cannot be written to.
    """
    model = load_model(path)
    _spinning(spin_ns)(model)
    save_model(model, path)


def _spinning(spin_ns: int) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.metadata_props.add(key=SPIN_KEY, value=str(spin_ns))

    return change
