"""TOML that a user writes: read and checked, each complaint one line that names the key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from contract.errors import PerbillionError, nearest

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class TomlKind:
    """A kind of TOML file.

    Attributes
    ----------
    noun : str
        What a message calls its content, such as ``experiment``.
    error : type of PerbillionError
        What is raised where the content cannot be used.
    """

    noun: str
    error: type[PerbillionError]

    def read(self, path: Path) -> dict[str, Any]:
        """Read a file.

        Raises
        ------
        PerbillionError
            Of this kind's type, if it cannot be read or is not TOML.
        """
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or str(error)
            raise self.error(f"cannot read the {self.noun}: {reason}", where=str(path)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise self.error(f"not TOML: {error}", where=str(path)) from error

    def validated(self, model: type[Model], values: Mapping[str, Any], origin: str) -> Model:
        """Check values against a model.

        Parameters
        ----------
        model : type of BaseModel
            What they are to be.
        values : mapping
            Nested values by key.
        origin : str
            Where they came from, for a message.

        Raises
        ------
        PerbillionError
            Of this kind's type: pydantic's first complaint, with the nearest valid key or
            value where there is one.
        """
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise self._explained(model, error, origin) from error

    def _explained(
        self, model: type[BaseModel], error: ValidationError, origin: str
    ) -> PerbillionError:
        first = error.errors()[0]
        location = [str(part) for part in first["loc"]]
        key = ".".join(location)
        if first["type"] == "extra_forbidden":
            section = _section_at(model, location[:-1])
            return self.error(
                f"no key {key!r}", where=origin, remedy=nearest(location[-1], section.model_fields)
            )
        if first["type"] == "missing":
            return self.error(f"{key} is missing", where=origin)
        if first["type"] == "literal_error":
            valid = re.findall(r"'([^']*)'", first["ctx"]["expected"])
            return self.error(
                f"{key}: no {location[-1]} {first['input']!r}",
                where=origin,
                remedy=nearest(str(first["input"]), valid),
            )
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "model_type":
            message = "must be a table"
        shown = "" if first["type"] == "value_error" else f", given {first['input']!r}"
        return self.error(f"{key or self.noun}: {message}{shown}", where=origin)


def _section_at(model: type[BaseModel], location: list[str]) -> type[BaseModel]:
    for part in location:
        annotation = model.model_fields[part].annotation
        # An optional section is a union of its model and None.
        for candidate in (annotation, *get_args(annotation)):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                model = candidate
    return model
