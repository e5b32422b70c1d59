"""Settings, read from environment variables that start with `OMS_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are, and how often the log is sealed.

    `data_dir` holds the embedded Postgres, the token secret and the signing key.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_")

    database_url: str | None = None
    data_dir: Path = Path(".oms")
    token_secret: str | None = None
    seal_seconds: float = Field(default=60.0, ge=0.05)
