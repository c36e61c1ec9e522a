"""Statistics and configuration: the protocol's extensions that Triton's tools ask for.

perf_analyzer reads the configuration once and the statistics before and after each of its
windows; what it prints as queue, input, infer and output time are differences of these.
"""

from __future__ import annotations

from fastapi import APIRouter

from contract.tensor import TensorSpec
from serve.models.served_model import ServedModel
from serve.routes.application_parts import Parts
from serve.routes.protocol import (
    PLATFORM,
    BatchStatistics,
    ConfigBatching,
    ConfigBody,
    ConfigTensor,
    Duration,
    ErrorBody,
    InferenceStatistics,
    ModelStatistics,
    StatisticsBody,
)
from serve.statistics.tallies import BATCH_SIZES, ModelCell, ModelTally, Tallies

router = APIRouter(
    tags=["statistics"],
    responses={404: {"model": ErrorBody, "description": "no such model or version"}},
)

_BACKEND = "onnxruntime"
# Triton's name of text.
_CONFIG_TYPES = {"BYTES": "TYPE_STRING"}


@router.get("/v2/models/stats")
async def statistics(parts: Parts) -> StatisticsBody:
    """Tell what was counted of every model since the server began, by all workers together."""
    entrance = parts.entrance
    return _statistics(entrance.tallies, entrance.served.all())


@router.get("/v2/models/{model}/stats")
@router.get("/v2/models/{model}/versions/{version}/stats")
async def model_statistics(parts: Parts, model: str, version: str | None = None) -> StatisticsBody:
    """Tell what was counted of one model: of the version named, or else of all that are served."""
    entrance = parts.entrance
    named = entrance.served.find(model, version)
    if version is not None:
        return _statistics(entrance.tallies, (named,))
    versions = entrance.served.versions(model)
    return _statistics(
        entrance.tallies, tuple(entrance.served.find(model, each) for each in versions)
    )


@router.get("/v2/models/{model}/config")
@router.get("/v2/models/{model}/versions/{version}/config")
async def configuration(parts: Parts, model: str, version: str | None = None) -> ConfigBody:
    """Tell how a model is served, in the terms of Triton's configuration."""
    served = parts.entrance.served.find(model, version)
    batching = served.settings.batching
    return ConfigBody(
        name=served.model.identity.name,
        platform=PLATFORM,
        backend=_BACKEND,
        # Above 0 it would say that shapes are written without the batch dimension. Here they
        # always have it, as in the model file.
        max_batch_size=0,
        input=tuple(map(_config_tensor, served.model.signature.inputs.values())),
        output=tuple(map(_config_tensor, served.model.signature.outputs.values())),
        dynamic_batching=None
        if batching is None
        else ConfigBatching(
            preferred_batch_size=(batching.max_batch_size,),
            max_queue_delay_microseconds=batching.max_queue_delay_us,
        ),
    )


def _config_tensor(spec: TensorSpec) -> ConfigTensor:
    data_type = _CONFIG_TYPES.get(spec.datatype, f"TYPE_{spec.datatype}")
    return ConfigTensor(name=spec.name, data_type=data_type, dims=spec.shape)


def _statistics(tallies: Tallies, models: tuple[ServedModel, ...]) -> StatisticsBody:
    return StatisticsBody(
        model_stats=tuple(_of_model(served, tallies.model_total(served.slot)) for served in models)
    )


def _of_model(served: ServedModel, tally: ModelTally) -> ModelStatistics:
    succeeded = tally[ModelCell.SUCCESS]

    def of_success(cell: ModelCell) -> Duration:
        return Duration(count=succeeded, ns=tally[cell])

    return ModelStatistics(
        name=served.model.identity.name,
        version=served.model.identity.version,
        last_inference=tally[ModelCell.LAST_INFERENCE_MS],
        inference_count=tally[ModelCell.INFERENCES],
        execution_count=tally[ModelCell.EXECUTIONS],
        inference_stats=InferenceStatistics(
            success=of_success(ModelCell.SUCCESS_NS),
            fail=Duration(count=tally[ModelCell.FAIL], ns=tally[ModelCell.FAIL_NS]),
            queue=of_success(ModelCell.QUEUE_NS),
            compute_input=of_success(ModelCell.INPUT_NS),
            compute_infer=of_success(ModelCell.INFER_NS),
            compute_output=of_success(ModelCell.OUTPUT_NS),
        ),
        batch_stats=tuple(
            BatchStatistics(
                batch_size=size,
                compute_input=Duration(count=runs, ns=input_ns),
                compute_infer=Duration(count=runs, ns=infer_ns),
                compute_output=Duration(count=runs, ns=output_ns),
            )
            for size, (runs, input_ns, infer_ns, output_ns) in tally.runs()
            if size < BATCH_SIZES
        ),
    )
