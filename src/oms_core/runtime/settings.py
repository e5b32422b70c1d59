"""Settings, read from environment variables that start with `OMS_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are, and how often the log is sealed.

    `data_dir` holds the embedded Postgres, the token secret, the signing key and, unless they are
    in a `keys_file`, the master keys of personal data. What guests track orders with is derived
    from `tracking_secret`, or from the token secret. What the books need of a customer is kept
    until `books_years` after the end of the year of the order, whoever asks for erasure.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_")

    database_url: str | None = None
    data_dir: Path = Path(".oms")
    token_secret: str | None = None
    tracking_secret: str | None = None
    keys_file: Path | None = None
    books_years: int = Field(default=10, ge=0, le=100)
    seal_seconds: float = Field(default=60.0, ge=0.05)

    @property
    def master_keys(self) -> Path:
        """The file with the master keys of personal data."""
        return self.keys_file or self.data_dir / "master-keys"
