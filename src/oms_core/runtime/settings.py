"""Settings, read from environment variables that start with `OMS_`."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are. `data_dir` holds the embedded Postgres and the token secret."""

    model_config = SettingsConfigDict(env_prefix="OMS_")

    database_url: str | None = None
    data_dir: Path = Path(".oms")
    token_secret: str | None = None
