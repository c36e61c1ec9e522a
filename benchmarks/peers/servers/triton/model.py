"""The model for Triton's Python backend: NumPy in, ONNX Runtime, NumPy out."""

import json
from typing import Any

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """What Triton's Python backend calls, by this name."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the session, with the options that perbillion's server uses."""
        parameters = json.loads(args["model_config"])["parameters"]
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(
            parameters["onnx_file"]["string_value"], options, providers=["CPUExecutionProvider"]
        )

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request; Triton's own batching is off, so there is one at a time."""
        responses = []
        for request in requests:
            rows = pb_utils.get_input_tensor_by_name(request, "input").as_numpy()
            (logits,) = self._session.run(["logits"], {"input": rows})
            tensor = pb_utils.Tensor("logits", np.asarray(logits))
            responses.append(pb_utils.InferenceResponse([tensor]))
        return responses
