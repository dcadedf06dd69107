"""hostile_cases.py: single connections of bad input: what is sent, and why each has to end."""

import struct

from lab_tools import request

API_VERSIONS, METADATA, PRODUCE, LEADER_AND_ISR, NO_API = 18, 3, 0, 4, 999
METADATA_9 = {"key": METADATA, "version": 9, "tags": b"\0"}
HELD_FRAME_BYTES_MAX = 16 * 1024 * 1024  # base/limits.h
CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)


def frame_of(size, rest=b""):
    return struct.pack(">i", size) + rest


def header(client_id_bytes, rest=b""):
    """A frame of a Metadata request whose client id says that it has so many bytes."""
    data = struct.pack(">hhih", METADATA, 1, 7, client_id_bytes) + rest
    return frame_of(len(data), data)


def topics(*fields, form):
    return request(METADATA, 1, struct.pack(form, *fields))


SIZES = {
    "a size of -1": (frame_of(-1), "frame_negative_size"),
    "the most negative size": (frame_of(-(2**31)), "frame_negative_size"),
    "a size above what brokers accept": (frame_of(100 * 1024 * 1024 + 1), "frame_too_large"),
    "the largest size": (frame_of(2**31 - 1), "frame_too_large"),
    "a size of 0": (frame_of(0), "frame_too_small"),
    "a size no header fits": (frame_of(7, bytes(7)), "frame_too_small"),
}
OTHER_PROTOCOLS = {
    "a ClientHello": (CLIENT_HELLO, "tls_not_supported"),
    "a first byte of TLS alone": (b"\x16", "tls_not_supported"),
    "a web request": (b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n", "frame_too_large"),
}
HEADERS = {
    "a request too large to be held": (
        frame_of(HELD_FRAME_BYTES_MAX - 3, struct.pack(">hhih", METADATA, 1, 7, -1)),
        "frame_too_large",
    ),
    "an API nobody has": (request(NO_API, 0), "api_unknown"),
    "a negative API": (request(-1, 0), "api_unknown"),
    "an API between brokers": (request(LEADER_AND_ISR, 5, tags=b"\0"), "api_unknown"),
    "a version above ours": (request(METADATA, 99), "api_not_advertised"),
    "a negative version": (request(METADATA, -1), "api_not_advertised"),
    "a client id of length -5": (header(-5), "header_malformed"),
    "a client id past the end": (header(30, b"ab"), "header_malformed"),
    "header tags out of order": (
        request(METADATA, 9, tags=b"\2\5\0\5\0", body=b"\0\0\0\0"),
        "header_malformed",
    ),
}
BODIES = {
    "more topics than bytes": (topics(2**31 - 1, form=">i"), "body_count_too_large"),
    "more compact topics than bytes": (
        request(**METADATA_9, body=b"\xff\xff\xff\xff\x0f"),
        "body_count_too_large",
    ),
    "a topic name of length -2": (topics(1, -2, form=">ih"), "body_negative_length"),
    "a topic count of -2": (topics(-2, form=">i"), "body_negative_length"),
    "a topic name past the end": (topics(1, 200, b"short", form=">ih5s"), "body_past_end"),
    "a body that is missing": (request(METADATA, 1), "body_past_end"),
    "trailing bytes": (request(API_VERSIONS, 0, b"\0\0\0"), "body_trailing_bytes"),
    "trailing bytes, flexible": (
        request(**METADATA_9, body=b"\0\1\0\0\0more"),
        "body_trailing_bytes",
    ),
    "a varint without an end": (request(**METADATA_9, body=b"\xff" * 8), "body_bad_varint"),
    "tags out of order": (request(**METADATA_9, body=b"\0\1\0\0\2\5\0\5\0"), "body_bad_tags"),
}
# The client ends its direction after this.
TRUNCATED = {
    "the client leaves inside the size": (b"\0\0", "client_closed"),
    "the client leaves inside the header": (request(METADATA, 1, bytes(4))[:9], "client_closed"),
    "the client leaves inside the body": (request(METADATA, 1, bytes(4))[:-2], "client_closed"),
}
CASES = SIZES | OTHER_PROTOCOLS | HEADERS | BODIES | TRUNCATED


def garbage(chance, number):
    """Random bytes; or random bytes behind a size that fits; or a random body behind a header."""
    noise = chance.randbytes(chance.randrange(1, 400))
    if number % 3 == 1:
        return frame_of(len(noise), noise)
    if number % 3 == 2:  # APIs that change nothing, whatever the noise happens to say
        key = chance.choice([1, 2, 3, 9, 10, 15, 16, 18, 32])
        return request(key, chance.randrange(4), noise)
    return noise


def endless_metadata():
    """The beginning of the largest request that is held whole: a valid list of topics."""
    name, size = b"t" * 200, HELD_FRAME_BYTES_MAX - 4
    head = struct.pack(">hhihi", METADATA, 1, 7, -1, size // (2 + len(name)) - 1)
    return frame_of(size, head), struct.pack(">h", len(name)) + name


def endless_produce(topic):
    """The beginning of a request of 48 MiB whose one batch of records goes on to its end."""
    size = 48 * 1024 * 1024
    head = struct.pack(">hhihhhi", PRODUCE, 3, 7, -1, -1, 1, 30_000)
    place = struct.pack(">ih", 1, len(topic)) + topic.encode() + struct.pack(">ii", 1, 0)
    records = size - len(head) - len(place) - 4
    batch = struct.pack(">qiib", 0, records - 12, -1, 2) + bytes(40)
    return frame_of(size, head + place + struct.pack(">i", records) + batch), bytes(1000)
