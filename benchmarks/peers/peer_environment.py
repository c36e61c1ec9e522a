"""The environment that a peer is installed into: its own, by pip, with pinned versions."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from contract.errors import LoadTestError

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements"
_ENVIRONMENTS = _HERE / ".environments"
_INSTALL_SECONDS = 1_200
_STAMP = ".installed"


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """A virtual environment made from ``requirements/<name>.txt``.

    Attributes
    ----------
    name : str
        The name of its requirements and of its folder.
    """

    name: str

    @property
    def folder(self) -> Path:
        """Where it lies; git passes it over."""
        return _ENVIRONMENTS / self.name

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return Path(sysconfig.get_path("purelib", vars={"base": str(self.folder)}))

    def program(self, name: str) -> str:
        """Return the path of a program that it has installed."""
        return str(self.folder / "bin" / name)

    def version(self, package: str) -> str:
        """Return the pinned version of a package.

        Raises
        ------
        LoadTestError
            If its requirements do not name the package.
        """
        for line in self._requirements.read_text().splitlines():
            name, _, version = line.partition("==")
            if name.lower() == package.lower():
                return version
        raise LoadTestError(f"{package!r} is not among the requirements", where=self.name)

    def install(self) -> None:
        """Install it, unless it is there with these very requirements.

        Raises
        ------
        LoadTestError
            If it cannot be installed, with pip's last line.
        """
        wanted = hashlib.sha256(self._requirements.read_bytes()).hexdigest()
        stamp = self.folder / _STAMP
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self._run([sys.executable, "-m", "venv", str(self.folder)])
        # Everything is pinned, so nothing is resolved. In front of others, nobody hurries.
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        self._run([*pip, "--no-deps", "--requirement", str(self._requirements)])
        stamp.write_text(wanted)

    @property
    def _requirements(self) -> Path:
        return _REQUIREMENTS / f"{self.name}.txt"

    def _run(self, command: list[str]) -> None:
        try:
            completed = subprocess.run(
                ["nice", "-n", "19", *command],
                check=False,
                capture_output=True,
                text=True,
                timeout=_INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise LoadTestError(f"not installed within {_INSTALL_SECONDS} s") from error
        if completed.returncode != 0:
            said = (completed.stderr or completed.stdout).strip().splitlines() or ["no output"]
            raise LoadTestError(f"cannot be installed: {said[-1][:300]}")


def own_version(package: str) -> str:
    """Return the version of a package in this project's own environment."""
    return metadata.version(package)
