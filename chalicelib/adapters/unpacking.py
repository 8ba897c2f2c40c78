"""Unpacks the bodies of answers, never to more than is wanted of them."""

import zlib
from collections.abc import Sequence

#: `zlib`'s window bits by coding, tried one after the other: deflate comes with and without a head.
_WINDOW_BITS = {b"gzip": (31,), b"x-gzip": (31,), b"deflate": (15, -15)}
#: A body that is packed in itself without end (a quine) would cost CPU by the length of a header.
_MOST_LAYERS = 2
#: What is unpacked at a time: at a fault, what came before is kept.
_PIECE_BYTES = 512


def unpacked(raw: bytes, codings: Sequence[bytes], *, most: int) -> bytes:
    """At most so many bytes of the body, by its `Content-Encoding`; as it came where none fits.

    What is broken counts up to there.
    """
    if len(codings) > _MOST_LAYERS:
        return raw
    for coding in reversed(codings):
        bits = _WINDOW_BITS.get(coding, ())
        raw = next(filter(None, (_inflated(raw, each, most=most) for each in bits)), raw)
    return raw


def _inflated(raw: bytes, window_bits: int, *, most: int) -> bytes:
    stream = zlib.decompressobj(window_bits)
    whole = bytearray()
    try:
        for i in range(0, len(raw), _PIECE_BYTES):
            whole += stream.decompress(raw[i : i + _PIECE_BYTES], most - len(whole))
            if len(whole) >= most:
                break
    except zlib.error:
        pass
    return bytes(whole)
