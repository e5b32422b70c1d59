"""Documents that are named instead of sent: those of a file, and those that were sent before.

A name is the SHA-256 of the text. Clients give it as `documentId` (GraphQL over HTTP, Appendix A:
https://graphql.github.io/graphql-over-http/draft/#sec-Persisted-Documents) or in
`extensions.persistedQuery`, as Apollo's clients do.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import orjson

from oms_api.failures import Failure
from oms_api.graphql_http import Asked, BadRequest
from oms_core.runtime.errors import SetupError

CACHED = 500
LONGEST = 20_000
"""Characters of a document that is kept, so that all of them take 10 MB at most."""

_PREFIX = "sha256:"


class UnknownDocument(Failure):
    """No document of this name was sent yet. Clients know the answer by its words, and send it."""

    CODE = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class NotTrusted(Failure):
    """The document is not among those that were agreed on."""

    CODE = "DOCUMENT_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("Only documents that were agreed on before are executed here.")


def trusted(path: Path | None) -> dict[str, str]:
    """Read the trusted documents, a JSON object of texts by id. Raises `SetupError`.

    Such files are written by relay-compiler and graphql-codegen. Each is known by its id in the
    file and by its SHA-256.
    """
    if path is None:
        return {}
    try:
        given = orjson.loads(path.expanduser().read_bytes())
    except OSError as error:
        raise SetupError(f"OMS_TRUSTED_DOCUMENTS: {path}: {error.strerror}.") from None
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise SetupError(f"OMS_TRUSTED_DOCUMENTS: {path} is not a JSON object of documents by id.")
    by_hash = {sha256(text): text for text in given.values()}
    return {id.removeprefix(_PREFIX): text for id, text in given.items()} | by_hash


def sha256(text: str) -> str:
    """Name a document."""
    return hashlib.sha256(text.encode()).hexdigest()


class NamedDocuments:
    """Finds documents by their names; the least recently named ones of those sent are forgotten."""

    def __init__(self, trusted: Mapping[str, str]) -> None:
        self._trusted = trusted
        self._seen: OrderedDict[str, str] = OrderedDict()

    def text(self, asked: Asked, *, trusted_only: bool) -> str:
        """Give the text that is to be executed.

        Raises `UnknownDocument`, `NotTrusted`, and `BadRequest` when a text has another name.
        """
        name, text = asked.document_id, asked.document
        if name is not None:
            name = name.removeprefix(_PREFIX)
        if text is None:
            return self._named(name or "", trusted_only)
        if name is not None and name != sha256(text):
            raise BadRequest("The document has another SHA-256 than the one given.")
        if trusted_only and sha256(text) not in self._trusted:
            raise NotTrusted
        return text

    def _named(self, name: str, trusted_only: bool) -> str:
        found = self._trusted.get(name)
        if found is None and not trusted_only:
            found = self._seen.get(name)
            if found is not None:
                self._seen.move_to_end(name)
        if found is not None:
            return found
        raise NotTrusted if trusted_only else UnknownDocument

    def remember(self, asked: Asked) -> None:
        """Keep a document that was sent with its name and turned out to be valid."""
        name, text = asked.document_id, asked.document
        if name is None or text is None or len(text) > LONGEST:
            return
        self._seen[name.removeprefix(_PREFIX)] = text
        if len(self._seen) > CACHED:
            self._seen.popitem(last=False)
