"""The options that choose an experiment, written once for every command that takes them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from contract.errors import ExperimentError
from contract.experiment import Experiment
from contract.profile import merged

ExperimentFile = Annotated[
    Path | None,
    typer.Argument(metavar="EXPERIMENT.toml", help="The experiment; defaults where it is silent."),
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="How much to measure: quick, standard, thorough.")
]
DataName = Annotated[str | None, typer.Option("--data", help="The data set: digits or mnist.")]
DataFolder = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder that holds MNIST's four IDX files.")
]
OutFolder = Annotated[Path, typer.Option("--out", help="Where run directories are made.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any key of the experiment, as in TOML."),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="A run directory.")]


def experiment_from(
    toml: Path | None,
    profile: str | None,
    data: str | None,
    data_dir: Path | None,
    settings: list[str] | None,
) -> Experiment:
    """Put the experiment together from the options.

    Raises
    ------
    ExperimentError
        If a key or value cannot be used.
    """
    overrides = overrides_from(settings)
    if data is not None:
        overrides = merged(overrides, {"data": {"name": data}})
    if data_dir is not None:
        overrides = merged(overrides, {"data": {"folder": str(data_dir.absolute())}})
    return Experiment.resolve(toml=toml, profile=profile, overrides=overrides)


def overrides_from(settings: list[str] | None) -> dict[str, Any]:
    """Read what ``--set`` was given, nested.

    Raises
    ------
    ExperimentError
        If a setting cannot be read.
    """
    overrides: dict[str, Any] = {}
    for setting in settings or ():
        overrides = merged(overrides, _parsed(setting))
    return overrides


def _parsed(setting: str) -> dict[str, Any]:
    """Read ``training.epochs=5`` as TOML; a bare word counts as text."""
    key, equals, value = (part.strip() for part in setting.partition("="))
    if not key or not equals:
        raise ExperimentError(
            f"cannot read {setting!r}", where="--set", remedy="write it like training.epochs=5"
        )
    for text in (f"{key} = {value}", f'{key} = "{value}"'):
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            continue
    raise ExperimentError(
        f"cannot read {setting!r}", where="--set", remedy="write it like training.epochs=5"
    )
