"""Models written in ONNX's own text form, with constants from NumPy."""

import re

import numpy as np
import onnx

OPSET = 20
_TYPES = {"float16": "float16", "float32": "float", "float64": "double", "int64": "int64"}
_TYPES |= {"int8": "int8", "bool": "bool"}


def graph_from_text(signature, constants, body, opset=OPSET):
    """A checked model; `constants` is a mapping of names to arrays."""
    declared = ", ".join(
        f"{_TYPES[str(array.dtype)]}[{','.join(map(str, array.shape))}] {name}"
        if array.shape
        else f"{_TYPES[str(array.dtype)]} {name}"
        for name, array in constants.items()
    )
    text = f'<ir_version: 10, opset_import: ["" : {opset}]> g {signature} <{declared}> {{ {body} }}'
    model = onnx.parser.parse_model(text)
    del model.graph.value_info[:]
    for name, array in constants.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(array), name))
    onnx.checker.check_model(model, full_check=True)
    return model


def constants_in(body, constants):
    """Those of the constants that the nodes of a graph name."""
    words = set(re.findall(r"\w+", body))
    return {name: value for name, value in constants.items() if name in words}
