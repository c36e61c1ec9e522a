"""The machine of a result, in a sentence for the foot of its page."""

from __future__ import annotations

from contract.environment import Environment


def machine_sentence(measured: str, machine: Environment) -> str:
    """Say when and on what it was measured.

    Parameters
    ----------
    measured : str
        UTC, ISO 8601.
    machine : Environment
        The machine and the versions.
    """
    return (
        f"Measured {measured[:10]} on {machine.cpu}, {machine.cores} cores, Linux "
        f"{machine.kernel}, Python {machine.python}, perbillion {machine.perbillion}."
    )
