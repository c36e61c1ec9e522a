"""What every part of ``result.json`` is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ResultPart(BaseModel):
    """Frozen, and refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
