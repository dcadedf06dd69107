#!/usr/bin/env python3
"""Random valid message bodies, and what a walker must hand out for each:
sample.py SCHEMA_FOLDER SEED ROUNDS

Made from the schema model field by field, and not from the op tables, so that the two check each
other. One sample is a line `sample KEY VERSION request|response HEX` and a line per item; support.h
reads them.
"""
import random
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from model import NUMBERS, PRIMITIVES, present, read_schemas, tagged  # noqa: E402

NAMES = ["a", "orders", "payments.eu", "x" * 130, "", "grüße"]


def uvarint(number, random_form):
    """Mostly minimal, and sometimes longer than it need be, which Kafka accepts."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    out.append(number)
    if random_form.random() < 0.02 and len(out) < 4:
        out[-1] |= 0x80
        out.append(0)
    return bytes(out)


class Sample:
    def __init__(self, api, version, seed):
        self.random = random.Random(seed)
        self.version, self.flexible = version, api.is_flexible(version)
        self.out, self.items = bytearray(), []

    def item(self, kind, slot, number, offset, length):
        if slot:
            self.items.append(f"{kind} {slot} {number} {offset} {length}")

    def message(self, fields):
        self.struct(fields)
        self.item("done", "none", 0, len(self.out), 0)

    def struct(self, fields):
        for f in present(fields, self.version):
            self.field(f)
        if self.flexible:
            self.tags(tagged(fields, self.version))

    def length(self, value, size):
        """A length or count with `size` bytes in its classic form; None is null."""
        if self.flexible:
            self.out += uvarint(0 if value is None else value + 1, self.random)
        else:
            self.out += struct.pack(">h" if size == 2 else ">i", -1 if value is None else value)

    def field(self, f):
        null = f.is_nullable(self.version) and self.random.random() < 0.25
        if f.array:
            self.array(f, null)
        elif f.type == "struct":
            if f.is_nullable(self.version):
                self.out += b"\xff" if null else b"\x01"
            if not null:
                self.struct(f.fields)
        else:
            self.primitive(f.type, f.slot, null)

    def array(self, f, null):
        start = len(self.out)
        count = None if null else self.random.choice([0, 1, 1, 2, 3])
        self.length(count, 4)
        shown = -1 if null else count
        self.item("array_begin", f.slot, shown, start, len(self.out) - start)
        for n in range(count or 0):
            self.item("element", f.slot, n, len(self.out), 0)
            if f.type == "struct":
                self.struct(f.fields)
            else:
                self.primitive(f.type, f.element_slot, False)
        self.item("array_end", f.slot, 0, len(self.out), 0)

    def primitive(self, kind, slot, null):
        start = len(self.out)
        if kind in NUMBERS:
            size = PRIMITIVES[kind]
            value = self.random.getrandbits(8 * size) - (1 << (8 * size - 1))
            if kind == "bool":
                value = self.random.choice([0, 1])
            self.out += value.to_bytes(size, "big", signed=True)
            self.item("number", slot, value, start, size)
            return
        if kind == "uuid":
            value = self.random.randbytes(16)
            self.out += value
            self.item("uuid", slot, value.hex(), start, 16)
            return
        if kind == "string":
            value = b"" if null else self.random.choice(NAMES).encode()
        else:
            value = b"" if null else self.random.randbytes(self.random.choice([0, 1, 61, 300]))
        self.length(None if null else len(value), 2 if kind == "string" else 4)
        self.out += value
        if kind == "string":
            shown = value.hex() or ("null" if null else "empty")
            self.item("text", slot, shown, start, len(self.out) - start)
        elif kind == "records":
            shown = -1 if null else len(value)
            self.item("records_begin", slot, shown, start, len(self.out) - start)
            self.item("records", slot, value.hex() or "empty", len(self.out), 0)

    def tags(self, known):
        """Some of the known tags, and sometimes one that nobody knows."""
        chosen = [(f.tag, f) for f in known if self.random.random() < 0.5]
        if self.random.random() < 0.2:
            chosen.append((self.random.choice([40, 700]), None))
        self.out += uvarint(len(chosen), self.random)
        for tag, f in chosen:
            self.out += uvarint(tag, self.random)
            self.tag(f)

    def tag(self, f):
        """A tagged field's size comes before it, and its items need their final offsets."""
        state, end, shown = self.random.getstate(), len(self.out), len(self.items)
        size = 0
        for _ in range(3):      # the size of the size may change once
            self.random.setstate(state)
            del self.out[end:], self.items[shown:]
            prefix = bytearray(uvarint(size, random.Random(0)))
            self.out += prefix
            if f is None:
                self.out += self.random.randbytes(self.random.choice([0, 5]))
            else:
                self.field(f)
            size = len(self.out) - end - len(prefix)


def main():
    apis, _ = read_schemas(Path(sys.argv[1]))
    for key, api in sorted(apis.items()):
        for version in range(api.versions.low, api.versions.high + 1):
            for which in ("request", "response"):
                for n in range(int(sys.argv[3])):
                    sample = Sample(api, version, f"{sys.argv[2]} {key} {version} {which} {n}")
                    sample.message(getattr(api, which))
                    print("sample", key, version, which, sample.out.hex() or "-")
                    print("\n".join(sample.items))


main()
