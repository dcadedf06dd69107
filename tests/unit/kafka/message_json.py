"""Kafka's own message definitions, read from kafka-clients jars, and random messages made of them.

Not a part of the product and not derived from userspace/kafka/schema: it is the other opinion that
jar_oracle_test.py compares the codec with. The definitions are common/message/*.json in every
kafka-clients jar: JSON with // comments.
"""

import json
import re
import struct
import zipfile
from dataclasses import dataclass

NUMBERS = {"bool": ">b", "int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i",
           "uint32": ">I", "int64": ">q", "float64": ">d"}


def contains(versions, version):
    """Is `version` in "3", "3-5", "3+" or "none"?"""
    if not versions or versions == "none":
        return False
    low, plus, rest = versions.partition("+")
    if plus:
        return version >= int(low)
    low, _, high = versions.partition("-")
    return int(low) <= version <= int(high or low)


class Message:
    """One definition file."""

    def __init__(self, definition):
        self.name = definition["name"]
        self.key = definition["apiKey"]
        self.kind = definition["type"]
        self.valid = definition["validVersions"]
        self.flexible = definition.get("flexibleVersions", "none")
        self.unstable = definition.get("latestVersionUnstable", False)
        self.fields = definition.get("fields", [])
        self.structs = {s["name"]: s["fields"] for s in definition.get("commonStructs", [])}
        self.collect(self.fields)

    def collect(self, fields):
        """An inline struct may be named again further down."""
        for field in fields:
            if "fields" in field:
                self.structs[field["type"].removeprefix("[]")] = field["fields"]
                self.collect(field["fields"])

    def versions(self):
        if self.valid == "none":
            return range(0)
        low, _, high = self.valid.partition("-")
        return range(int(low), int(high or low) + 1)


def read_jar(path):
    """{(api key, "request" | "response"): Message} of one jar."""
    messages = {}
    with zipfile.ZipFile(path) as jar:
        for name in jar.namelist():
            if not re.fullmatch(r"common/message/\w+(Request|Response)\.json", name):
                continue
            text = re.sub(r"^\s*//.*$", "", jar.read(name).decode(), flags=re.M)
            message = Message(json.JSONDecoder().raw_decode(text.strip())[0])
            messages[message.key, message.kind] = message
    return messages


@dataclass
class Part:
    """Something on the wire: a field's value, or an element of an array."""
    kind: str            # number, text, uuid, bytes, records, array, element, array_end
    field: dict          # the JSON definition; of an element, its array's
    path: tuple          # names from the message down
    offset: int
    length: int          # with its length prefix; of an array, the count alone
    value: object        # int, bytes, or None for null; count of an array, index of an element
    array: int = -1      # of element and array_end: the offset of the array they belong to


def uvarint(value, padded=False):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    if padded and len(out) < 5:
        out[-1] |= 0x80
        out.append(0)
    return bytes(out)


class Writer:
    """Writes one random message. `wire` and `parts` are the result.

    `fault` (kind, n): at its n-th opportunity, write what Kafka never would. `opportunities` counts
    them by kind:
    null      a null where the protocol has none
    huge      a count that no frame can hold
    negative  a classic length or count of -2
    loose_tag a known tagged field one byte longer than what is in it
    tag_order two tags of a section in the wrong order
    """

    def __init__(self, message, version, random, fault=(None, 0)):
        self.message, self.version, self.random = message, version, random
        self.fault, self.opportunities = fault, {}
        self.flexible = contains(message.flexible, version)
        self.wire, self.parts = bytearray(), []
        self.size = random.choice((1, 2, 3, 3, 4))
        self.padded = random.random() < 0.1
        self.struct(message.fields, ())

    def chance(self, probability):
        return self.random.random() < probability

    def strikes(self, kind):
        """An opportunity for a fault of this kind: is it the chosen one?"""
        seen = self.opportunities.get(kind, 0)
        self.opportunities[kind] = seen + 1
        return self.fault == (kind, seen)

    def part(self, kind, field, path, start, value, array=-1):
        self.parts.append(Part(kind, field, path, start, len(self.wire) - start, value, array))

    def struct(self, fields, path):
        tagged = []
        for field in fields:
            if not contains(field.get("versions", field.get("taggedVersions")), self.version):
                continue
            if contains(field.get("taggedVersions"), self.version):
                tagged.append(field)
            else:
                self.field(field, path + (field["name"],))
        if self.flexible:
            self.tags(tagged, path)

    def tags(self, fields, path):
        chosen = {int(field["tag"]): field for field in fields if self.chance(0.6)}
        known = {int(field["tag"]) for field in fields}
        if self.chance(0.2):
            for tag in {self.random.randrange(12), self.random.choice((127, 128, 20000, 2**31))}:
                if tag not in known:
                    chosen[tag] = None
        self.wire += uvarint(len(chosen))
        backwards = len(chosen) > 1 and self.strikes("tag_order")
        for tag in sorted(chosen, reverse=backwards):
            field = chosen[tag]
            self.wire += uvarint(tag)
            if field is None:
                data = self.random.randbytes(self.random.choice((0, 1, 3, 130)))
                self.wire += uvarint(len(data)) + data
            else:
                self.tagged_field(field, path + (field["name"],))

    def tagged_field(self, field, path):
        """The size stands before the field: write it elsewhere, then move it into place."""
        outer, self.wire, first = self.wire, bytearray(), len(self.parts)
        self.field(field, path)
        if self.strikes("loose_tag"):
            self.wire += b"\0"
        size = uvarint(len(self.wire))
        moved = len(outer) + len(size)
        for part in self.parts[first:]:
            part.offset += moved
            part.array += moved if part.array >= 0 else 0
        self.wire = outer + size + self.wire

    def is_null(self, field):
        if contains(field.get("nullableVersions"), self.version):
            return self.chance(0.25)
        return self.strikes("null")

    def field(self, field, path):
        kind = field["type"]
        if kind.startswith("[]"):
            self.array(field, kind[2:], path)
        elif kind in self.message.structs:
            self.one_struct(field, kind, path)
        else:
            has_null = kind in ("string", "bytes", "records")
            self.primitive(field, kind, path, has_null and self.is_null(field))

    def one_struct(self, field, kind, path):
        if contains(field.get("nullableVersions"), self.version):
            null = self.is_null(field)
            self.wire += b"\xff" if null else b"\x01"
            if null:
                return
        self.struct(self.message.structs[kind], path)

    def count(self, number):
        if self.strikes("huge"):
            number = 2**31 - 1
        if not self.flexible and self.strikes("negative"):
            number = -2
        if self.flexible:
            self.wire += uvarint(0 if number is None else number + 1, self.padded)
        else:
            self.wire += struct.pack(">i", -1 if number is None else number)

    def array(self, field, kind, path):
        number = None if self.is_null(field) else self.random.randrange(self.size)
        start = len(self.wire)
        self.count(number)
        self.part("array", field, path, start, number)
        for index in range(number or 0):
            self.part("element", field, path, len(self.wire), index, start)
            if kind in self.message.structs:
                self.struct(self.message.structs[kind], path)
            else:
                self.primitive(field, kind, path, kind == "string" and self.strikes("null"))
        self.part("array_end", field, path, len(self.wire), None, start)

    def primitive(self, field, kind, path, null):
        start = len(self.wire)
        if kind in NUMBERS:
            value = self.number(kind)
            self.wire += struct.pack(NUMBERS[kind], value)
            self.part("number", field, path, start, value)
        elif kind == "uuid":
            value = self.random.choice((bytes(16), self.random.randbytes(16)))
            self.wire += value
            self.part("uuid", field, path, start, value)
        elif kind == "string":
            value = None if null else self.text()
            self.prefixed(value, ">h", field)
            self.part("text", field, path, start, value)
        elif kind in ("bytes", "records"):
            sizes = (0, 1, 61, 126, 127, 128, 300)
            value = None if null else self.random.randbytes(self.random.choice(sizes))
            self.prefixed(value, ">i", field)
            self.part(kind, field, path, start, value)
        else:
            raise ValueError(f"{self.message.name}: unknown type {kind}")

    def prefixed(self, value, classic, field):
        flexible = contains(field.get("flexibleVersions", self.message.flexible), self.version)
        if flexible:
            self.wire += uvarint(0 if value is None else len(value) + 1, self.padded)
        else:
            length = -1 if value is None else len(value)
            self.wire += struct.pack(classic, -2 if self.strikes("negative") else length)
        self.wire += value or b""

    def number(self, kind):
        if kind == "bool":
            return self.random.choice((0, 1))
        if kind == "float64":
            return self.random.random()
        bits = 8 * struct.calcsize(NUMBERS[kind])
        low = 0 if kind.startswith("u") else -(1 << bits - 1)
        return self.random.choice((low, -1 - low if low else 0, 0, 1,
                                   low + self.random.getrandbits(bits)))

    def text(self):
        length = self.random.choice((0, 1, 7, 126, 127, 200) if self.chance(0.3) else (3, 5, 9))
        return "".join(self.random.choices("abcXYZ019._-\u00e9\u4e16", k=length)).encode()
