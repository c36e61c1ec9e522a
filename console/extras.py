"""Optional parts: which module belongs to which extra."""

from __future__ import annotations

from importlib.util import find_spec

from contract.errors import MissingExtraError

_EXTRA_OF = {
    "fastapi": "serve",
    "fastapi_offline": "serve",
    "simdjson": "serve",
    "uvicorn": "serve",
    "uvloop": "serve",
    "httptools": "serve",
    "orjson": "serve",
    "prometheus_client": "serve",
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


def missing_modules() -> dict[str, tuple[str, ...]]:
    """Return each extra with those of its own modules that are not installed; imports nothing."""
    return {
        extra: tuple(
            module
            for module, its in _EXTRA_OF.items()
            if its == extra and find_spec(module) is None
        )
        for extra in dict.fromkeys(_EXTRA_OF.values())
    }
