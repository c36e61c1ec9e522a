"""What a run is going to do, and how long that takes."""

from __future__ import annotations

from contract.experiment import Experiment

# Seen on two cores of an AMD EPYC virtual machine. A step of SGD costs what its batch costs
# and a part that does not depend on it; a start is a process that is started, warmed up and
# stopped beside what it measures.
_STEP_SECONDS = 0.9e-3
_ROW_SECONDS = 5e-6
_IMPORT_SECONDS = 4.0
_EXPORT_SECONDS = 4.0
_IN_PROCESS_START_SECONDS = 0.55
_INFERENCE_SECONDS = 13e-6
_SERVED_START_SECONDS = 2.2
_NETWORKS = 4
_TRAINING_ROWS = {"digits": 1078, "mnist": 54_000}


def plan_text(experiment: Experiment) -> str:
    """Say in a few lines what a run does and about how long it takes here."""
    training = experiment.training
    in_process, served = experiment.in_process, experiment.served
    rows = _TRAINING_ROWS[experiment.data.name] * training.epochs * _NETWORKS
    steps = rows / training.batch_size
    training_seconds = _IMPORT_SECONDS + steps * _STEP_SECONDS + rows * _ROW_SECONDS
    loop_seconds = in_process.rounds_per_start * len(experiment.arms) * _INFERENCE_SECONDS
    in_process_seconds = 2 * in_process.pairs * (_IN_PROCESS_START_SECONDS + loop_seconds)
    served_seconds = 2 * served.pairs * (_SERVED_START_SECONDS + served.seconds_per_start)
    total = training_seconds + _EXPORT_SECONDS + in_process_seconds + served_seconds
    hidden = "-".join(str(width) for width in experiment.network.hidden)
    drops = ", ".join(f"{p:g}" for p in experiment.network.drop_probability)
    return "\n".join(
        (
            f"profile     {experiment.profile}",
            f"networks    {_NETWORKS} MLPs, 784-{hidden}-10, p = {drops}, trained on "
            f"{experiment.data.name} for {training.epochs} epochs (about {training_seconds:.0f} s)",
            f"arms        {', '.join(experiment.arms)} (export about {_EXPORT_SECONDS:.0f} s)",
            f"in process  {2 * in_process.pairs} fresh processes, {in_process.rounds_per_start} "
            f"rounds each (about {in_process_seconds:.0f} s)",
            f"served      {2 * served.pairs} server starts, {served.seconds_per_start:g} s of "
            f"rounds each (about {served_seconds:.0f} s)",
            f"in all      about {total / 60:.1f} minutes on two cores",
        )
    )
