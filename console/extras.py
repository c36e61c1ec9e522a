"""Optional parts: which module belongs to which extra."""

from __future__ import annotations

from contract.errors import MissingExtraError

_EXTRA_OF = {
    "fastapi": "serve",
    "fastapi_offline": "serve",
    "simdjson": "serve",
    "uvicorn": "serve",
    "uvloop": "serve",
    "httptools": "serve",
    "orjson": "serve",
    "onnxruntime": "serve",
    "torch": "train",
    "sklearn": "train",
    "pooch": "train",
    "onnx": "export",
    "onnxscript": "export",
    "locust": "loadtest",
    "gevent": "loadtest",
    "pyarrow": "loadtest",
    "scipy": "report",
    "matplotlib": "report",
    "jinja2": "report",
}


def missing_extra(error: ModuleNotFoundError) -> MissingExtraError | None:
    """Explain a failed import by the extra that brings the module, if one does."""
    module = (error.name or "").partition(".")[0]
    extra = _EXTRA_OF.get(module)
    if extra is None:
        return None
    return MissingExtraError(
        f"this needs the package {module!r}, which is not installed",
        remedy=f"install it with: pip install '.[{extra}]'",
    )
