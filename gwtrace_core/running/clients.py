"""The SDK paths' clients: imported and built once for the process, in worker threads."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from itertools import product
from typing import TypeVar

from gwtrace_core.running.recorder import Recorder
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.values.connection import Provider, SdkPath
from gwtrace_core.values.secret import Secret

_T = TypeVar("_T")


class Clients:
    """One client per SDK path, shared by all sessions. For one event loop.

    Imports keep the interpreter busy. So calls wait for those under way, lest another lane's import
    be timed as their model, and imports that no call needs yet wait for calls.
    """

    def __init__(
        self, open_client: Callable[[SdkPath], PathClient], recorder: Recorder, workers: Executor
    ) -> None:
        """`workers` are the threads for imports."""
        self._open_client = open_client
        self._recorder = recorder
        self._workers = workers
        self._clients: dict[SdkPath, PathClient] = {}
        self._client_locks: dict[SdkPath, asyncio.Lock] = {}
        self._loaded: set[tuple[SdkPath, Provider]] = set()
        self._load_locks: dict[tuple[SdkPath, Provider], asyncio.Lock] = {}
        self._loads = _UnderWay()
        self._calls = _UnderWay()

    async def load(self, path: SdkPath, provider: Provider) -> PathClient:
        """The path's client, with all that it needs for the provider, and its calls recorded."""
        with self._loads.count_one():
            await self._record(path)
            return await self._load_once(path, provider)

    async def wait_loaded(self) -> None:
        """Until nothing is being imported."""
        await self._loads.wait_none()

    @contextmanager
    def count_call(self) -> Generator[None]:
        """A context in which a call is under way."""
        with self._calls.count_one():
            yield

    async def load_all(self, paths: tuple[SdkPath, ...]) -> None:
        """All of them for every provider, whenever no call is under way."""
        # The paths' own modules first: more calls need those than any one provider's SDK.
        for path in paths:
            await self._calls.wait_none()
            with self._loads.count_one():
                await self._record(path)
                await self._open_once(path)
        for path, provider in product(paths, Provider):
            # An import keeps the interpreter busy, and a call under way is being timed.
            await self._calls.wait_none()
            await self._load_once(path, provider)
        await self._run_in_worker(_give_back_memory)

    async def forget(self, key: Secret) -> None:
        """Close what holds the key."""
        for client in tuple(self._clients.values()):
            await client.forget(key)

    async def aclose(self) -> None:
        """Close all of them, whatever becomes of one. Raises what closing one raises."""
        closing = [client.aclose() for client in self._clients.values()]
        outcomes = await asyncio.gather(*closing, return_exceptions=True)
        for failure in filter(None, outcomes):
            raise failure

    async def _record(self, path: SdkPath) -> None:
        """Have calls by this path recorded; before each, for MLflow may have come up late."""
        await self._run_in_worker(lambda: self._recorder.prepare(path))

    async def _open_once(self, path: SdkPath) -> PathClient:
        """The path's client, built once; its SDK is imported in a worker thread."""
        async with self._client_locks.setdefault(path, asyncio.Lock()):
            if path not in self._clients:
                self._clients[path] = await self._import(lambda: self._open_client(path))
            return self._clients[path]

    async def _load_once(self, path: SdkPath, provider: Provider) -> PathClient:
        client = await self._open_once(path)

        def load() -> None:
            with self._recorder.unrecorded():
                client.load(provider)

        async with self._load_locks.setdefault((path, provider), asyncio.Lock()):
            if (path, provider) not in self._loaded:
                await self._import(load)
                self._loaded.add((path, provider))
        return client

    async def _import(self, work: Callable[[], _T]) -> _T:
        with self._loads.count_one():
            imported = await self._run_in_worker(work)
        # Modules stay for good. Were they searched for garbage, every stream would stand still for
        # half a second now and then, the first one surely.
        gc.freeze()
        return imported

    async def _run_in_worker(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)


def _give_back_memory() -> None:
    """Have the allocator return what the imports needed for a while only: some 50 MB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # not every Linux has GNU's library
        trim(0)


class _UnderWay:
    """How many are at something, and a way to wait until none is. For one event loop."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def count_one(self) -> Generator[None]:
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def wait_none(self) -> None:
        # Whoever came last would else go on before those that have waited for it.
        await asyncio.sleep(0)
        while self._count:
            await self._none.wait()
