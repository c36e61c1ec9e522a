"""Where a run keeps its files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from contract.errors import ArtifactError


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """``runs/<UTC time>-<name>/``: everything that one run reads and writes.

    Attributes
    ----------
    root : Path
        The directory itself, absolute.
    """

    root: Path

    @classmethod
    def create(cls, parent: Path, name: str, now: datetime | None = None) -> Self:
        """Make a new run directory under `parent`.

        Raises
        ------
        ArtifactError
            If it cannot be made.
        """
        moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        root = (parent / f"{moment}-{name}").absolute()
        try:
            root.mkdir(parents=True)
        except FileExistsError as error:
            raise ArtifactError(
                "a run of this name began in this very second",
                where=str(root),
                remedy="start it again",
            ) from error
        except OSError as error:
            raise ArtifactError(
                f"cannot make the run directory: {error.strerror or error}",
                where=str(root),
                remedy="choose a folder that you may write to with --out",
            ) from error
        return cls(root)

    @classmethod
    def open(cls, root: Path) -> Self:
        """Take up a run directory that exists.

        Raises
        ------
        ArtifactError
            If it is no run directory.
        """
        directory = cls(root.absolute())
        if not (directory.experiment_toml.is_file() or directory.comparison_toml.is_file()):
            raise ArtifactError(
                "not a run directory: it has no experiment.toml",
                where=str(root),
                remedy="name a folder that `perbillion run` made",
            )
        return directory

    @property
    def holds_work(self) -> bool:
        """Whether a network is trained or a start finished: what a failed run would lose."""
        return any(self.trained.glob("*.card.json")) or any(self.samples.glob("*.parquet"))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder for files that nobody needs later; not to be nested.

        What a process that was killed left in it goes when the next one begins.

        Raises
        ------
        ArtifactError
            If the run directory cannot be written to.
        """
        folder = self.root / ".scratch"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir()
        except OSError as error:
            raise ArtifactError(
                f"cannot write: {error.strerror or error}",
                where=str(self.root),
                remedy="choose a run directory that you may write to",
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def experiment_toml(self) -> Path:
        """The experiment with every default resolved."""
        return self.root / "experiment.toml"

    @property
    def comparison_toml(self) -> Path:
        """The same for a comparison of two models that somebody has."""
        return self.root / "comparison.toml"

    @property
    def environment_json(self) -> Path:
        """The machine and the versions."""
        return self.root / "environment.json"

    @property
    def trained(self) -> Path:
        """Trained networks: weights, cards, learning curves."""
        return self.root / "trained"

    @property
    def repository(self) -> Path:
        """The model repository: ``<arm>/<version>/model.onnx``."""
        return self.root / "repository"

    @property
    def payload_npz(self) -> Path:
        """The test split, with its labels (``contract.payload``)."""
        return self.root / "payload.npz"

    @property
    def traffic_npz(self) -> Path:
        """What models are compared on and loaded with (``contract.traffic``)."""
        return self.root / "traffic.npz"

    @property
    def samples(self) -> Path:
        """Raw samples, a file for each start."""
        return self.root / "samples"

    @property
    def run_json(self) -> Path:
        """Which starts are finished and how each of them went."""
        return self.samples / "run.json"

    @property
    def instructions_json(self) -> Path:
        """Instructions per inference; there only where Valgrind is installed."""
        return self.samples / "instructions.json"

    @property
    def claims_json(self) -> Path:
        """What the lecture's claims came to, with this run's serving evidence."""
        return self.root / "claims.json"

    @property
    def logs(self) -> Path:
        """What servers and measuring processes printed."""
        return self.root / "logs"

    @property
    def result_json(self) -> Path:
        """The answer for machines."""
        return self.root / "result.json"

    @property
    def report_html(self) -> Path:
        """The answer for people, with pictures, in one file."""
        return self.root / "report.html"

    @property
    def report_md(self) -> Path:
        """The answer for people, as text."""
        return self.root / "report.md"
