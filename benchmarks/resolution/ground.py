"""Where all methods measure: the same models, the same server, the same cores."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.peers.http_exchange import HttpRequest
from benchmarks.peers.workbench import Workbench
from benchmarks.resolution.figures import ARMS
from contract.payload import Payload
from contract.repository import load_card, model_file
from contract.run_directory import RunDirectory
from loadtest.generators.infer_request import draw_rows, infer_request
from loadtest.instruments.instrument import Subjects
from loadtest.machine.cores import Cores
from loadtest.machine.server_process import ServerCommand, ServerProcess

_SERVED_AS = "model"


@dataclass(frozen=True, slots=True)
class Ground:
    """The surroundings of a sitting.

    Attributes
    ----------
    bench : Workbench
        The cores and a folder to work in.
    subjects : Subjects
        The arms, in that folder.
    payload : Path
        The inputs, there too.
    """

    bench: Workbench
    subjects: Subjects
    payload: Path

    @classmethod
    def of(cls, bench: Workbench, exported: RunDirectory) -> Self:
        """Copy what is measured into the folder: servers are given hard links of it.

        Raises
        ------
        ArtifactError
            If a model is missing or damaged.
        """
        card = load_card(exported.repository, ARMS[0])
        models = bench.folder("models")
        shutil.copytree(exported.repository, models, dirs_exist_ok=True)
        payload = shutil.copyfile(exported.payload_npz, bench.scratch / "payload.npz")
        paths = {arm: model_file(models, arm) for arm in ARMS}
        return cls(bench, Subjects(ARMS, paths, card.inputs[0]), payload)

    @property
    def cores(self) -> Cores:
        """Server and load have a core each."""
        return Cores(measured=self.bench.server_core, generator=self.bench.load_core)

    def request(self) -> HttpRequest:
        """Return the request that the usual way sends, the same to every arm."""
        (row,) = draw_rows(Payload.load(self.payload).inputs, 1, seed=0)
        request = infer_request(self.subjects.spec, row)
        return HttpRequest("POST", f"/v2/models/{_SERVED_AS}/infer", request.headers, request.body)

    @contextmanager
    def serving(self, arm: str) -> Iterator[ServerProcess]:
        """Start a fresh server with one arm, on the server's core and as the product starts it.

        Raises
        ------
        ServingError
            If it dies.
        """
        repository = self.bench.folder("repository")
        linked = model_file(repository, _SERVED_AS)
        linked.parent.mkdir(parents=True)
        os.link(self.subjects.models[arm], linked)
        command = ServerCommand(
            repository=repository,
            models=(_SERVED_AS,),
            log=self.log("server"),
            core=self.bench.server_core,
            realtime=True,
        )
        with ServerProcess(command) as server:
            yield server
            server.require_alive()

    def log(self, name: str) -> Path:
        """Return where a process writes its output."""
        return self.bench.scratch / f"{name}.log"
