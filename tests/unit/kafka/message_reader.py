"""Reads a message by Kafka's own definitions (message_json.py) into plain values.

A struct is a dict of the fields its version has, with the defaults of tagged fields that are not on
the wire; unknown tags are under "tags". Whatever is not exactly a message raises Malformed.
"""

import struct

from message_json import NUMBERS, contains


class Malformed(Exception):
    pass


class Reader:
    def __init__(self, message, version, wire):
        self.message, self.version, self.wire, self.at = message, version, bytes(wire), 0
        self.flexible = contains(message.flexible, version)

    def read(self):
        value = self.struct(self.message.fields)
        if self.at != len(self.wire):
            raise Malformed(f"{len(self.wire) - self.at} bytes left over")
        return value

    def take(self, count):
        if count < 0 or self.at + count > len(self.wire):
            raise Malformed(f"{count} bytes wanted at {self.at} of {len(self.wire)}")
        self.at += count
        return self.wire[self.at - count:self.at]

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def uvarint(self):
        value = 0
        for shift in range(0, 35, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                return value
        raise Malformed("varint too long")

    def length(self, classic):
        return self.uvarint() - 1 if self.flexible else self.unpack(classic)

    def struct(self, fields):
        value, tagged = {}, {}
        for field in fields:
            if not contains(field.get("versions", field.get("taggedVersions")), self.version):
                continue
            if contains(field.get("taggedVersions"), self.version):
                tagged[int(field["tag"])] = field
                value[field["name"]] = self.default(field)
            else:
                value[field["name"]] = self.field(field)
        if self.flexible:
            self.tags(tagged, value)
        return value

    def tags(self, known, value):
        last, unknown = -1, {}
        for _ in range(self.uvarint()):
            tag, size = self.uvarint(), self.uvarint()
            if tag <= last:
                raise Malformed("tags out of order")
            last, end = tag, self.at + size
            if tag in known:
                value[known[tag]["name"]] = self.field(known[tag])
            else:
                unknown[tag] = self.take(size)
            if self.at != end:
                raise Malformed(f"tag {tag} is not {size} bytes")
        if unknown:
            value["tags"] = unknown

    def nullable(self, field):
        return contains(field.get("nullableVersions"), self.version)

    def field(self, field):
        kind = field["type"]
        if kind.startswith("[]"):
            count = self.length(">i")
            if count == -1 and self.nullable(field):
                return None
            if count < 0 or count > len(self.wire):
                raise Malformed(f"{field['name']}: {count} elements")
            return [self.value(field, kind[2:], False) for _ in range(count)]
        return self.value(field, kind, self.nullable(field))

    def value(self, field, kind, nullable):
        if kind in self.message.structs:
            if nullable:
                marker = self.unpack(">b")
                if marker not in (-1, 1):
                    raise Malformed(f"{field['name']}: marker {marker}")
                if marker == -1:
                    return None
            return self.struct(self.message.structs[kind])
        if kind in NUMBERS:
            return self.unpack(NUMBERS[kind])
        if kind == "uuid":
            return self.take(16)
        count = self.length(">h" if kind == "string" else ">i")
        if count == -1 and nullable:
            return None
        return self.take(count)

    def default(self, field):
        kind, default = field["type"], field.get("default", "")
        if default == "null":
            return None
        if kind.startswith("[]"):
            return []
        if kind in self.message.structs:
            fields = self.message.structs[kind]
            return {f["name"]: self.default(f) for f in fields
                    if contains(f.get("versions", f.get("taggedVersions")), self.version)}
        if kind == "bool":
            return int(default in (True, "true"))
        if kind in NUMBERS:
            return int(str(default) or "0", 0)
        return bytes(16) if kind == "uuid" else str(default).encode()
