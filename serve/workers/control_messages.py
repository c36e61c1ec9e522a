"""What a supervisor and its workers say to each other.

The supervisor gives orders, one at a time, and each is answered by `Done`. A worker hands its
clients' wishes to load and unload models on, and each is answered by `Granted`; when it is told
to end, it asks to be let go. The end of the supervisor's side is an order as well: to answer
what has been asked, and to end.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.errors import PerbillionError
from serve.access.access import AccessRules
from serve.models.slots import PlacedFile
from serve.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Begin:
    """Become a worker. The first order.

    Two descriptors come with it: the socket to listen on, and the memory of the table of
    counters.

    Attributes
    ----------
    settings : ServerSettings
        What the server was started with.
    access : AccessRules
        Who may come in; of API keys it holds digests.
    worker : int
        Which one, from 0.
    answers_while_loading : bool
        Whether it takes connections at once, to say that it is loading, or, being the
        successor of one that died, only when it can answer them.
    """

    settings: ServerSettings
    access: AccessRules
    worker: int
    answers_while_loading: bool


@dataclass(frozen=True, slots=True)
class Prepare:
    """Load models and warm them up; nobody can ask them yet.

    Attributes
    ----------
    files : tuple of PlacedFile
        The models.
    sacrifice : bool
        Whether the first of them is loaded once more before, and thrown away.
    """

    files: tuple[PlacedFile, ...]
    sacrifice: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """Open what was prepared, in place of models of the same names."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Throw away what was prepared."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Close a model.

    Attributes
    ----------
    name : str
        Its name.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """An order was carried out, or could not be.

    Attributes
    ----------
    error : Exception or None
        Why not: an error of ours, or a package that is not installed.
    lines : tuple of str
        What there is to say of models that were prepared.
    """

    error: PerbillionError | ModuleNotFoundError | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A client asks for a model to be loaded or unloaded.

    Attributes
    ----------
    number : int
        By which the answer is known.
    name : str
        The model's name.
    load : bool
        Whether it is to be loaded.
    """

    number: int
    name: str
    load: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """A wish was granted, or could not be.

    Attributes
    ----------
    number : int
        The wish's.
    error : PerbillionError or None
        Why not.
    """

    number: int
    error: PerbillionError | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody told this worker, and it alone, to end. It goes on until it is let go."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """New connections go to others: take no more, answer what has been asked, and end."""


Order = Begin | Prepare | Publish | Drop | Withdraw
Message = Order | Done | Wish | Granted | Leaving | LetGo
