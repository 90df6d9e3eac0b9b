"""The native kernel: the bytes of `reference.build(...).to_bytes()`, faster. Built from rust/ by a Rust toolchain."""

from collections.abc import Iterable
from typing import Any

from parityline.kernel.parameters import Parameters
from parityline.tables.columns import Batch

def build(batches: Iterable[Batch], parameters: Parameters, threads: int | None = None) -> bytes:
    """The fingerprint of a table given in batches; raises what `reference.build` raises.

    threads: at most so many, all processors where None; never changes a byte.
    """

def seal(key: bytes, data: bytes) -> bytes:
    """AES-256-GCM-SIV (RFC 8452) of the data, with a fixed nonce: equal data gives equal bytes. key: 32 bytes."""

def unseal(key: bytes, sealed: bytes) -> bytes | None:
    """The inverse; None for another key, and for bytes that were not sealed."""

class Builder:
    """As `build`, of Arrow streams, which are read without pyarrow."""

    def __init__(self, parameters: Parameters, threads: int | None = None) -> None: ...
    def add(self, stream: Any) -> None:
        """Read a stream to its end: a capsule, or anything with `__arrow_c_stream__`.

        Raises TableError where the producer breaks off, NotImplementedError for types that only pyarrow reads (unions);
        then nothing was read.
        """

    def finish(self) -> bytes:
        """The fingerprint of all that was added; raises what `reference.build` raises."""
