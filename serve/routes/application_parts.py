"""What the application's routes answer from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from serve.http.entrance import Entrance
from serve.models.model_control import ModelControl
from serve.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class ApplicationParts:
    """What the routes answer from; they take it as a parameter of type `Parts`.

    Attributes
    ----------
    settings : ServerSettings
        What the server was started with.
    entrance : Entrance
        The models, and what requests to them pass.
    control : ModelControl
        Who loads and unloads.
    """

    settings: ServerSettings
    entrance: Entrance
    control: ModelControl


async def _of_the_application(request: Request) -> ApplicationParts:
    parts: ApplicationParts = request.app.state.parts
    return parts


Parts = Annotated[ApplicationParts, Depends(_of_the_application)]
