"""``/docs``: Swagger UI, with every file of it from this server.

FastAPI's own page loads its scripts from another host: it stays empty where that is not to be
reached, and whoever holds that host could call this server in its reader's name. Here the
files come from the package ``fastapi-offline``, and the page may load and ask nothing else.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

_STATIC = Path(str(files("fastapi_offline"))) / "static"

# The paths are relative, so that the page works behind a proxy's prefix as well.
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>perbillion</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# Not in the page: its policy allows no script of its own.
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null});\n'
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Swagger UI sets styles on its elements.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

router = APIRouter(prefix="/docs", include_in_schema=False)


@router.get("")
async def page() -> HTMLResponse:
    """Answer with the page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/start.js")
async def start() -> Response:
    """Answer with what shows the OpenAPI document."""
    return Response(_START, media_type="text/javascript")


@router.get("/swagger-ui-bundle.js")
async def script() -> FileResponse:
    """Answer with Swagger UI."""
    return FileResponse(_STATIC / "swagger-ui-bundle.js", media_type="text/javascript")


@router.get("/swagger-ui.css")
async def style() -> FileResponse:
    """Answer with its styles."""
    return FileResponse(_STATIC / "swagger-ui.css", media_type="text/css")
