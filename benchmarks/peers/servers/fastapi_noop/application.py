"""The yardstick: a plain FastAPI application whose GET returns ``{}``."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def nothing() -> dict[str, str]:
    """Answer with an empty object."""
    return {}
