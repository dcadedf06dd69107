"""mask_clients.py: writes planted records, reads topics with kafka-python, and looks into captured
bytes. For /usr/bin/python3, where Debian's python3-kafka and its codecs are.

    mask_clients.py write BOOTSTRAP TOPIC       records as JSON lines from stdin, by their codec
    mask_clients.py big BOOTSTRAP TOPIC BYTES   one record of that size
    mask_clients.py read BOOTSTRAP TOPIC        all of the topic, as JSON lines
    mask_clients.py batches                     streams of bytes, one in base64 a line, from stdin:
                                                every record batch in them, opened, in base64
"""

import base64
import json
import struct
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from kafka.record.util import calc_crc32c

OPEN = {0: bytes, 1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
HEADER = 61


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def write(bootstrap, topic):
    producers, sent = {}, []
    for line in sys.stdin:
        codec, key, value = json.loads(line)
        if codec not in producers:
            producers[codec] = KafkaProducer(
                bootstrap_servers=bootstrap,
                compression_type=None if codec == "none" else codec,
                linger_ms=20,
                acks="all",
            )
        sent.append(
            producers[codec].send(
                topic,
                key=key.encode(),
                value=None if value is None else value.encode(),
                headers=[("codec", codec.encode())],
            )
        )
    for producer in producers.values():
        producer.flush(60)
    for one in sent:
        one.get(60)


def write_big(bootstrap, topic, size):
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, max_request_size=2 * int(size), buffer_memory=3 * int(size)
    )
    producer.send(topic, value=b"b" * int(size)).get(60)


def read(bootstrap, topic):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(parts)
    consumer.seek_to_beginning()
    left = {part: end for part, end in consumer.end_offsets(parts).items() if end}
    while left:
        for part, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                print(
                    json.dumps(
                        [
                            record.partition,
                            record.offset,
                            record.timestamp,
                            encode(record.key),
                            encode(record.value),
                            [[name, encode(value)] for name, value in record.headers],
                        ]
                    )
                )
                if part in left and record.offset + 1 >= left[part]:
                    del left[part]


def batches_in(stream):
    """Every whole record batch, wherever it stands: a header that can be, and the right CRC."""
    at = 0
    while (at := stream.find(b"\x02", at + 1)) != -1:  # the magic
        start = at - 16
        if start < 0 or start + HEADER > len(stream):
            continue
        length = struct.unpack_from(">i", stream, start + 8)[0]
        attributes = struct.unpack_from(">h", stream, start + 21)[0]
        end = start + 12 + length
        if length < 49 or end > len(stream) or not 0 <= attributes < 0x80:
            continue
        crc = struct.unpack_from(">I", stream, start + 17)[0]
        if calc_crc32c(stream[start + 21 : end]) != crc:
            continue
        count = struct.unpack_from(">i", stream, start + 57)[0]
        yield count, OPEN[attributes & 7](stream[start + HEADER : end])
        at = end


def batches():
    for line in sys.stdin:
        for count, payload in batches_in(base64.b64decode(line)):
            print(json.dumps([count, encode(payload)]))


if __name__ == "__main__":
    {"write": write, "big": write_big, "read": read, "batches": batches}[sys.argv[1]](*sys.argv[2:])
