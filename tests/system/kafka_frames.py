"""kafka_frames.py: just enough Kafka to compare what went in with what came out: frames, request
headers, ApiVersions.

Written against the protocol's own description, not against Sluice's codec.
"""

import struct
from dataclasses import dataclass

PRODUCE, FETCH, METADATA, API_VERSIONS = 0, 1, 3, 18
FIRST_FLEXIBLE_FETCH = 12


def frames(stream):
    """Splits a direction into frames (with their size prefix); a last frame that is not whole is
    left out."""
    at, out = 0, []
    while at + 4 <= len(stream):
        size = struct.unpack_from(">i", stream, at)[0]
        assert size >= 0, "a negative frame size"
        if at + 4 + size > len(stream):
            break
        out.append(stream[at : at + 4 + size])
        at += 4 + size
    return out, len(stream) - at


@dataclass
class Head:
    key: int
    version: int
    correlation: int
    client_id: str
    body_at: int  # of a request with a classic header; a flexible one has its tag section in front


def head(frame):
    key, version, correlation, length = struct.unpack_from(">hhih", frame, 4)
    client_id = frame[14 : 14 + max(length, 0)].decode()
    return Head(key, version, correlation, client_id, 14 + max(length, 0))


def produce_acks(frame):
    """acks of a Produce request, or None for another request."""
    this = head(frame)
    if this.key != PRODUCE:
        return None
    at = this.body_at
    if this.version >= 9:
        at += 1  # header tags: none in any client here
        assert frame[at - 1] == 0
        length, at = varint(frame, at)
        at += max(length - 1, 0)
    elif this.version >= 3:
        length = struct.unpack_from(">h", frame, at)[0]
        at += 2 + max(length, 0)
    return struct.unpack_from(">h", frame, at)[0]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fetch_session_at(frame):
    """Where session id and epoch (two int32) stand in a Fetch request; None below version 7."""
    this = head(frame)
    if this.key != FETCH or this.version < 7:
        return None
    at = this.body_at + (1 if this.version >= FIRST_FLEXIBLE_FETCH else 0)
    if this.version <= 14:
        at += 4  # replica id
    return at + 4 + 4 + 4 + 1  # max wait, min bytes, max bytes, isolation level


def api_versions(frame, version):
    """({key: (min, max)}, the bytes around the list) of an ApiVersions response."""
    error = struct.unpack_from(">h", frame, 8)[0]
    flexible = version >= 3 and error != 35
    at, ranges = 10, {}
    if flexible:
        count, at = varint(frame, at)
        count -= 1
    else:
        count = struct.unpack_from(">i", frame, at)[0]
        at += 4
    for _ in range(count):
        key, low, high = struct.unpack_from(">hhh", frame, at)
        at += 6
        if flexible:
            assert frame[at] == 0
            at += 1
        ranges[key] = (low, high)
    return ranges, frame[4:10] + frame[at:]
