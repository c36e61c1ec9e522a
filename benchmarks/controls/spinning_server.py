"""perbillion's server, in which a model may spin for a known time after each inference.

``python -P -m benchmarks.controls.spinning_server`` takes the arguments of ``python -m serve``. A
model whose ONNX metadata name ``spin_ns`` keeps the thread busy for that long after it has run. How
long it really took is noted at every inference of every model, spinning or not, so that noting
costs all of them the same; at its end the server writes the notes to the file that the variable
``PERBILLION_SPIN_RECORD`` names.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter_ns, thread_time_ns

from benchmarks.controls.spin_record import RECORD_VARIABLE, SPIN_KEY, SpinRecord
from console.edge import run_command
from serve.command import serve_command
from serve.models.model import Array, Model

_compute = Model.run
_SETTLING_READINGS = 8


class Spins:
    """Keeps threads busy, and notes for how long."""

    def __init__(self) -> None:
        self._wanted_ns: dict[str, int] = {}
        self._cpu_ns: dict[str, list[int]] = {}
        self._wall_ns: dict[str, list[int]] = {}

    def spin(self, model: Model) -> None:
        """Spin for as long as a model's metadata say; 0 where they say nothing.

        Both clocks are read before and after: the thread's, by which CPU per request is
        measured, and the monotonic one, by which handler and client are.
        """
        name = model.identity.name
        wanted_ns = self._wanted_ns.get(name)
        if wanted_ns is None:
            wanted_ns = self._begin(name, model)
        # The first readings come back from the kernel with cold caches. A spin would pass that time
        # within itself, the reference after it: so all models read a few times, and nobody counts.
        for _ in range(_SETTLING_READINGS):
            thread_time_ns()
        wall_ns = perf_counter_ns()
        begun_ns = thread_time_ns()
        while (now_ns := thread_time_ns()) - begun_ns < wanted_ns:
            pass
        self._cpu_ns[name].append(now_ns - begun_ns)
        self._wall_ns[name].append(perf_counter_ns() - wall_ns)

    def save(self, path: Path) -> None:
        """Write what was noted.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        SpinRecord(
            cpu_ns={name: tuple(spent) for name, spent in self._cpu_ns.items()},
            wall_ns={name: tuple(spent) for name, spent in self._wall_ns.items()},
        ).save(path)

    def _begin(self, name: str, model: Model) -> int:
        metadata: dict[str, str] = model.session.get_modelmeta().custom_metadata_map
        self._wanted_ns[name] = int(metadata.get(SPIN_KEY, "0"))
        self._cpu_ns[name], self._wall_ns[name] = [], []
        return self._wanted_ns[name]


def main() -> None:
    """Serve, spin, and write down the spins."""
    spins = Spins()

    def run(self: Model, names: list[str] | None, inputs: dict[str, Array]) -> Sequence[Array]:
        outputs = _compute(self, names, inputs)
        spins.spin(self)
        return outputs

    Model.run = run  # type: ignore[method-assign]  # the point: a server with a known fault
    try:
        run_command(serve_command)
    finally:
        spins.save(Path(os.environ[RECORD_VARIABLE]))


if __name__ == "__main__":
    main()
