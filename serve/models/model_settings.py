"""What a model's owner sets for it: ``<repository>/<model>/model.toml``, which may be left out.

::

    threads = 4
    execution = "thread-pool"

    [batching]
    max_batch_size = 32
    max_queue_delay_us = 500
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.errors import ArtifactError
from contract.toml_file import TomlKind

SETTINGS_FILE = "model.toml"

_TOML = TomlKind("model's settings", ArtifactError)


class _Table(BaseModel):
    # Strict: TOML has types, so `threads = true` or `"4"` is a mistake and no number.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class BatchingSettings(_Table):
    """Requests that wait at the same time are computed in one run of the model."""

    max_batch_size: Annotated[int, Field(ge=2, le=1024)]
    """Rows of one run at most. A request with more rows runs alone."""

    max_queue_delay_us: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """How long, in microseconds, a run waits for more requests while it is not full, counted
    from the arrival of its oldest. With 0 a model that is idle starts at once, and what arrives
    while it runs forms the next run."""


class ModelSettings(_Table):
    """Settings of one model, all versions; what is left out is as the server has it."""

    threads: Annotated[int, Field(ge=1)] | None = None
    """Threads for one inference."""

    execution: Literal["auto", "event-loop", "thread-pool"] | None = None
    """Where it runs: on the event loop (short work), in the thread pool (long work), or as
    rows and the cost that warm-up measured say."""

    queue_deadline_ms: Annotated[int, Field(ge=1)] | None = None
    """How long, in milliseconds, a request may wait before it begins to run. Beyond: 504."""

    max_rows: Annotated[int, Field(ge=1)] | None = None
    """Rows of one request at most. Beyond: 413."""

    batching: BatchingSettings | None = None
    """Dynamic batching, which is off without this table."""

    @model_validator(mode="after")
    def _batches_run_in_the_pool(self) -> Self:
        if self.batching is not None and self.execution == "event-loop":
            raise ValueError(
                "execution = 'event-loop' and [batching] exclude each other: requests can only "
                "gather while the model runs in the thread pool; leave one of them out"
            )
        return self


def load_model_settings(folder: Path) -> ModelSettings:
    """Read a model's settings.

    Parameters
    ----------
    folder : Path
        The model's folder, ``<repository>/<model>``.

    Returns
    -------
    ModelSettings
        With nothing set where there is no such file.

    Raises
    ------
    ArtifactError
        If the file cannot be read, is not TOML, or a key or value in it cannot be used.
    """
    path = folder / SETTINGS_FILE
    # A link that leads nowhere is a mistake, not a file that was left out.
    if not path.exists() and not path.is_symlink():
        return ModelSettings()
    return _TOML.validated(ModelSettings, _TOML.read(path), str(path))


def model_settings_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of ``model.toml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ModelSettings.model_json_schema(),
    }
