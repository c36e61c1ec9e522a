"""BentoML with one worker: ``bentoml serve service:OnnxService``."""

import os

import bentoml
import numpy as np
import onnxruntime as ort


@bentoml.service(workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class OnnxService:
    """One ONNX file in ONNX Runtime, with the options that perbillion's server uses."""

    def __init__(self) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            os.environ["PEER_ONNX_FILE"], options, providers=["CPUExecutionProvider"]
        )

    @bentoml.api
    async def predict(self, input: np.ndarray) -> np.ndarray:  # noqa: A002 - the JSON's key
        """Run the model on the event loop, without a hand-over to a thread."""
        (logits,) = self._session.run(["logits"], {"input": input.astype(np.float32, copy=False)})
        return np.asarray(logits)
