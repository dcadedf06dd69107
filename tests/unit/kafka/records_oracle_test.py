#!/usr/bin/env python3
"""Batches written and read by Kafka's client for Python (Debian's python3-kafka), rewritten by us.

    records_oracle_test.py RECORDS_DUMP [--seed N] [--rounds N]

Whatever the codec: the client must find the checksum right, every field but the values as it wrote
them, and the new values where we said so. Batches without such a value come back byte for byte.
"""

import argparse
import random
import subprocess
import sys

try:
    import kafka.codec
    from kafka.record.default_records import DefaultRecordBatchBuilder
    from kafka.record.memory_records import MemoryRecords
except ImportError:
    print("no python3-kafka here")
    sys.exit(77)

CODECS = [0, 1, 2, 3, 4]
AVAILABLE = {0: True, 1: True, 2: kafka.codec.has_snappy(), 3: kafka.codec.has_lz4(),
             4: kafka.codec.has_zstd()}


def bytes_of(generator):
    """Compressible, or not at all."""
    count = generator.choice([0, 1, 5, 60, 200, 3000, 70_000 if generator.random() < 0.1 else 9])
    if generator.random() < 0.5:
        text = bytes(generator.choice(b"abc {}:") for _ in range(min(count, 50)))
        return text * (count // 50 + 1)
    return generator.randbytes(count)


def value_of(generator):
    kind = generator.randrange(6)
    if kind == 0:
        return None
    return {1: b"s", 2: b"x"}.get(kind, b"plain") + bytes_of(generator) if kind < 5 else b""


class Batch:
    def __init__(self, generator, base):
        codec = generator.choice(CODECS)
        self.records = []
        transactional = generator.random() < 0.3
        builder = DefaultRecordBatchBuilder(
            magic=2, compression_type=codec, is_transactional=transactional,
            producer_id=generator.choice([-1, 4711]), producer_epoch=3,
            base_sequence=generator.choice([-1, 0, 2**31 - 2]), batch_size=1 << 30)
        for offset in range(generator.choice([1, 2, 10, 100])):
            headers = [(generator.choice(["", "trace", "\u00e9"]),
                        generator.choice([None, b"", b"s header"]))
                       for _ in range(generator.choice([0, 0, 1, 3]))]
            key = generator.choice([None, b"", b"s key", generator.randbytes(9)])
            record = (1_700_000_000_000 + generator.randrange(-10**6, 10**6), key,
                      value_of(generator), headers)
            builder.append(offset, *record)
            self.records.append((base + offset, *record))
        data = bytearray(builder.build())
        data[:8] = base.to_bytes(8, "big")  # where a broker puts the offset; not under the CRC
        data[12:16] = (5).to_bytes(4, "big")
        self.data = bytes(data)
        self.next = base + len(self.records)
        self.changes = any(masked(v) != v for _, _, _, v, _ in self.records)


def masked(value):
    if value is None or value[:1] not in (b"s", b"x"):
        return value
    return b"<marker>" if value[:1] == b"x" else b"***%d" % len(value)


def header_of(batch):
    fields = ["base_offset", "leader_epoch", "magic", "attributes", "last_offset_delta",
              "first_timestamp", "max_timestamp", "producer_id", "producer_epoch", "base_sequence"]
    found = batch._header_data  # (offset, length, epoch, magic, crc, attributes, ...)
    return dict(zip(fields, found[:1] + found[2:4] + found[5:12])), found[12]


def read(data):
    reader = MemoryRecords(data)
    while reader.has_next():
        batch = reader.next_batch()
        assert batch.validate_crc(), "the client finds another checksum"
        yield header_of(batch), [(r.offset, r.timestamp, r.key, r.value, r.headers) for r in batch]


def check(program, generator, number):
    batches, base = [], generator.choice([0, 41, 2**40])
    for _ in range(generator.choice([1, 1, 2, 4])):
        batches.append(Batch(generator, base))
        base = batches[-1].next + generator.randrange(3)
    blob = b"".join(batch.data for batch in batches)
    tail = generator.random() < 0.3
    if tail:
        whole = Batch(generator, base).data
        blob += whole[:generator.randrange(1, len(whole))]
    program.stdin.write(blob.hex() + "\n")
    program.stdin.flush()
    words = program.stdout.readline().split()
    assert words[0] == "ok", f"round {number}: {words}"
    out = bytes.fromhex(words[1])
    values = [v for batch in batches for _, _, _, v, _ in batch.records if v]
    assert list(map(int, words[2:])) == [
        len(batches), sum(batch.changes for batch in batches),
        sum(len(batch.records) for batch in batches), sum(v[:1] == b"s" for v in values),
        sum(v[:1] == b"x" for v in values), tail], f"round {number}: {words[2:]}"
    before = list(read(b"".join(batch.data for batch in batches)))
    after = list(read(out))
    assert [header for header, _ in after] == [header for header, _ in before], f"round {number}"
    for batch, (_, records) in zip(batches, after):
        expected = [(o, t, k, masked(v), h) for o, t, k, v, h in batch.records]
        assert records == expected, f"round {number}: {records} instead of {expected}"
        assert batch.changes or batch.data in out, f"round {number}: a clean batch was touched"
    return [batch.data[22] & 7 for batch in batches if batch.changes]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    CODECS[:] = [codec for codec in CODECS if AVAILABLE[codec]]
    rewritten = dict.fromkeys(CODECS, 0)
    with subprocess.Popen([options.dump], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as program:
        for number in range(options.rounds):
            for codec in check(program, random.Random(f"{options.seed} {number}"), number):
                rewritten[codec] += 1
        program.stdin.close()
    missing = [codec for codec, there in AVAILABLE.items() if not there]
    print(f"{options.rounds} blobs, rewritten batches by codec: {rewritten}")
    if missing or not all(rewritten.values()):
        sys.exit(f"not every codec was tried: the client lacks {missing}")


if __name__ == "__main__":
    main()
