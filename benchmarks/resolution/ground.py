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
from contract.graph_card import ModelCard
from contract.repository import load_card, model_file
from contract.run_directory import RunDirectory
from contract.traffic import Traffic
from loadtest.generators.infer_request import infer_request
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
    traffic : Path
        The requests, there too.
    """

    bench: Workbench
    subjects: Subjects
    traffic: Path

    @classmethod
    def of(cls, bench: Workbench, exported: RunDirectory) -> Self:
        """Copy what is measured into the folder: servers are given hard links of it.

        Raises
        ------
        ArtifactError
            If a model is missing or damaged.
        """
        # Damaged models are found here, not in the middle of a sitting.
        for arm in ARMS:
            load_card(exported.repository, arm, ModelCard)
        models = bench.folder("models")
        shutil.copytree(exported.repository, models, dirs_exist_ok=True)
        traffic = shutil.copyfile(exported.traffic_npz, bench.scratch / "traffic.npz")
        paths = {arm: model_file(models, arm) for arm in ARMS}
        return cls(bench, Subjects(ARMS, paths), traffic)

    @property
    def cores(self) -> Cores:
        """Server and load have a core each."""
        return Cores(measured=self.bench.server_core, generator=self.bench.load_core)

    def request(self) -> HttpRequest:
        """Return the request that the usual way sends, the same to every arm."""
        (drawn,) = Traffic.load(self.traffic).drawn(1, seed=0).requests
        request = infer_request(drawn)
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
