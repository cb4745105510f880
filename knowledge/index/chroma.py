"""The one door to Chroma: vectors by the hash of their text, in a folder or on a server.

Chroma on disk is not safe between processes, so a folder is written once, by one process, and never changed
after a reader may have opened it; what changes is which folder is current (see `index`). The same holds on a
server, with a collection in place of a folder: generations that differ little read the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import numpy as np

from knowledge.errors import KnowledgeError
from knowledge.search.lexical import Floats

_PAGE = 2_000
_READ = 500  # vectors read at a time
_SERVED: dict[str, Any] = {"space": "cosine"}
_FILED = _SERVED | {"ef_construction": 16, "max_neighbors": 8, "sync_threshold": 10_000}
"""A folder's vectors are all compared with a question (see `vectors`), and its graph of neighbors is not asked:
a thin one takes a sixth of the time. Chroma writes its whole table of ids with every `sync_threshold` vectors."""


class NoCollectionError(KnowledgeError):
    """A server that has no such collection: it was emptied, or another one is there now."""


class Store:
    """Vectors of unit length by id, with the nearest to a vector. Every failure is a KnowledgeError."""

    def __init__(self, client: Any, collection: Any) -> None:
        self._client = client
        self._collection = collection

    def ids(self) -> set[str]:
        """All ids."""
        return set(_trying(self._collection.get, include=[])["ids"])

    def add(self, ids: list[str], vectors: Floats) -> None:
        """Adds vectors, shape (ids, dimensions)."""
        for start in range(0, len(ids), _PAGE):
            part = slice(start, start + _PAGE)
            _trying(self._collection.add, ids=ids[part], embeddings=vectors[part])

    def delete(self, ids: Iterable[str]) -> None:
        """Removes vectors."""
        gone = list(ids)
        for start in range(0, len(gone), _PAGE):
            _trying(self._collection.delete, ids=gone[start : start + _PAGE])

    def vectors(self) -> tuple[list[str], Floats]:
        """All ids and their vectors, shape (ids, dimensions)."""
        wanted = sorted(self.ids())
        ids: list[str] = []
        result: Floats = np.zeros((0, 1), np.float32)
        for start in range(0, len(wanted), _READ):  # by id: a page by its offset takes longer the farther on
            page = _trying(self._collection.get, ids=wanted[start : start + _READ], include=["embeddings"])
            part = np.asarray(page["embeddings"], np.float32)
            if not ids:
                result = np.zeros((len(wanted), part.shape[1]), np.float32)
            result[len(ids) : len(ids) + len(part)] = part
            ids += page["ids"]
        return ids, result[: len(ids)]

    def nearest(self, vector: Floats, count: int) -> tuple[list[str], Floats]:
        """Ids of the nearest vectors, best first, and their cosine similarities."""
        found = _trying(
            self._collection.query, query_embeddings=vector[None], n_results=count, include=["distances"]
        )
        return list(found["ids"][0]), 1.0 - np.asarray(found["distances"][0], np.float32)

    def drop(self, collection: str) -> None:
        """Remove a collection. Raises KnowledgeError where the server does not answer."""
        _trying(self._client.delete_collection, name=collection)

    def close(self) -> None:
        """Lets go of the files."""
        self._client.close()


def open_store(address: Path | str, model: str, generation: str, create: bool = False) -> Store:
    """The vectors of one model, in a folder or on a server (`http://host:port`); `create` makes them."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if isinstance(address, str):
        place = urlparse(address)
        secure = place.scheme == "https"
        client: Any = _trying(
            chromadb.HttpClient,
            host=place.hostname or "localhost",
            port=place.port or (443 if secure else 8000),
            ssl=secure,
            settings=settings,
        )
        name = f"{collection_name(model)}-{generation}"
    else:
        client = _trying(chromadb.PersistentClient, path=str(address), settings=settings)
        name = collection_name(model)
    if create:
        configuration = {"hnsw": _SERVED if isinstance(address, str) else _FILED}
        collection = _trying(
            client.get_or_create_collection, name=name, embedding_function=None, configuration=configuration
        )
    else:
        collection = _trying(client.get_collection, name=name, embedding_function=None)
    return Store(client, collection)


def drop_collection(address: str, model: str, generation: str) -> None:
    """Removes a generation's vectors from a server."""
    store = open_store(address, model, generation, create=True)
    store.drop(f"{collection_name(model)}-{generation}")
    store.close()


def collection_name(model: str) -> str:
    """A collection's name for a model's vectors: another model is another collection."""
    return "ways-" + re.sub(r"[^A-Za-z0-9._-]+", "-", model).strip("-._")[:80]


def _trying(call: Any, **arguments: Any) -> Any:
    """Chroma's errors, of its own and of what is below it, as ours."""
    from chromadb.errors import ChromaError, NotFoundError

    try:
        return call(**arguments)
    except NotFoundError as error:
        raise NoCollectionError("Chroma no longer has the vectors of this index.") from error
    except (ChromaError, ValueError, OSError, RuntimeError, KeyError) as error:
        detail = " ".join(str(error).split())[:200]
        raise KnowledgeError(f"Chroma failed ({type(error).__name__}: {detail}).") from error
