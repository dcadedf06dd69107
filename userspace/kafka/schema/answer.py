"""Makes the program of one version's error answer: see ../tables.h for what its ops mean."""
import struct
from dataclasses import dataclass

from model import PRIMITIVES, SchemaError, present

CODES_MAX = 4


@dataclass(frozen=True)
class AnswerOp:
    code: str
    slot: str = "none"
    arg: int = 0            # constant: offset; array: op to go on with; error: group
    extra: int = 0          # constant: length; array: groups inside, a bit each
    nullable: bool = False


def uvarint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def null_bytes(f, flexible):
    if f.type == "struct" and not f.array:
        return b"\xff"
    if flexible:
        return b"\0"
    return b"\xff\xff" if f.type == "string" and not f.array else b"\xff\xff\xff\xff"


def empty_bytes(f, flexible):
    if flexible:
        return uvarint(1)
    return bytes(2) if f.type == "string" and not f.array else bytes(4)


def literal(f, text, version, flexible):
    """The bytes of a default or `refused` value."""
    if text == "null":
        if not f.is_nullable(version):
            # Where an older version knows no null, Kafka writes the empty value.
            return empty_bytes(f, flexible)
        return null_bytes(f, flexible)
    if f.array or f.type in ("string", "bytes", "records"):
        if text != "empty":
            raise SchemaError(f"{f.where}: the value can only be null or empty")
        return empty_bytes(f, flexible)
    size = PRIMITIVES.get(f.type)
    if f.type == "bool" and text in ("true", "false"):
        return b"\1" if text == "true" else b"\0"
    try:
        return int(text, 0).to_bytes(size, "big", signed=True)
    except (ValueError, TypeError, OverflowError):
        raise SchemaError(f"{f.where}: `{text}` is no {f.type}") from None


class AnswerMaker:
    """`ops`, `constants` and `groups` are the result; without groups there is no error slot."""

    def __init__(self, api, version):
        self.api, self.version = api, version
        self.flexible = api.is_flexible(version)
        self.ops, self.constants, self.groups = [], b"", []
        self.struct(api.response, api.request)
        self.ops.append(AnswerOp("end"))

    def constant(self, data):
        last = self.ops[-1] if self.ops else None
        if last and last.code == "constant" and last.arg + last.extra == len(self.constants):
            self.ops[-1] = AnswerOp("constant", arg=last.arg, extra=last.extra + len(data))
        else:
            self.ops.append(AnswerOp("constant", arg=len(self.constants), extra=len(data)))
        self.constants += data

    def struct(self, fields, scope):
        for f in present(fields, self.version):
            self.field(f, scope)
        if self.flexible:
            self.constant(b"\0")        # no tagged fields: their defaults are what an answer says

    def field(self, f, scope):
        compact = "compact_" if self.flexible else ""
        error = f.error(self.version)
        if error:
            self.ops.append(AnswerOp("error", arg=self.group(error, f)))
        elif f.message:
            self.ops.append(AnswerOp(compact + "message", nullable=f.is_nullable(self.version)))
        elif f.echo(self.version):
            self.echo(f, self.source(f, scope), compact)
        elif f.type == "struct" and not f.array and not f.is_nullable(self.version):
            self.struct(f.fields, scope)
        else:
            self.constant(self.value(f))

    def value(self, f):
        if f.refused and self.version in f.refused.versions:
            return literal(f, f.refused.value, self.version, self.flexible)
        if f.default is not None:
            return literal(f, f.default, self.version, self.flexible)
        if f.array or PRIMITIVES.get(f.type) is None:
            # Kafka's default of a records field is null, of a nullable struct too.
            what = "null" if f.type in ("records", "struct") and not f.array else "empty"
            return literal(f, what, self.version, self.flexible)
        return bytes(PRIMITIVES[f.type])

    def group(self, error, f):
        if len(error.codes) > CODES_MAX or len(self.groups) == 8:
            raise SchemaError(f"{f.where}: too many error codes")
        self.groups.append(error.codes)
        return len(self.groups) - 1

    def source(self, f, scope):
        """The request's field that this one repeats, in `scope`: what surrounds it there."""
        name = f.echo(self.version)
        candidates = [scope] if not isinstance(scope, list) else present(scope, self.version)
        found = next((c for c in candidates if c.name == name), None)
        if not found:
            raise SchemaError(f"{f.where}: the request has no `{name}` there "
                              f"in version {self.version}")
        return found

    def echo(self, f, source, compact):
        if not f.array:
            in_array = source.array     # then it stands for the element
            slot = source.element_slot if in_array else source.slot
            if source.type != f.type or not slot:
                raise SchemaError(f"{f.where}: `{source.name}` has another type, or no slot")
            kind = "int8" if f.type == "bool" else f.type
            self.ops.append(AnswerOp((compact if kind == "string" else "") + kind, slot,
                                     nullable=f.is_nullable(self.version)))
            return
        if not source.array or not source.slot or f.type != "struct":
            raise SchemaError(f"{f.where}: `{source.name}` is no array with a slot")
        at, first_group = len(self.ops), len(self.groups)
        self.ops.append(AnswerOp(compact + "array"))
        self.struct(f.fields, source.fields if source.type == "struct" else source)
        self.ops.append(AnswerOp("end"))
        inside = sum(1 << n for n in range(first_group, len(self.groups)))
        self.ops[at] = AnswerOp(compact + "array", source.slot, len(self.ops), inside)
