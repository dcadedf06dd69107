"""Makes the op table of one message in one version: see ../layout.h for what the ops mean."""
from dataclasses import dataclass

from model import NUMBERS, PRIMITIVES, SchemaError, present, tagged

NO_TAGS = 0xffff
ARG_MAX = 0xfffe


@dataclass(frozen=True)
class Op:
    code: str
    slot: str = "none"
    arg: int = 0
    least: int = 0
    nullable: bool = False


def least_bytes(field, version, flexible):
    """The fewest bytes that a value of this field takes."""
    if field.array:
        return 1 if flexible else 4
    if field.type == "struct":
        if field.is_nullable(version):
            return 1
        return least_struct_bytes(field.fields, version, flexible)
    if PRIMITIVES[field.type]:
        return PRIMITIVES[field.type]
    return 1 if flexible else 2 if field.type == "string" else 4


def least_struct_bytes(fields, version, flexible):
    total = sum(least_bytes(f, version, flexible) for f in present(fields, version))
    return total + (1 if flexible else 0)


def least_element_bytes(field, version, flexible):
    if field.type == "struct":
        return least_struct_bytes(field.fields, version, flexible)
    if PRIMITIVES[field.type]:
        return PRIMITIVES[field.type]
    return 1 if flexible else 2 if field.type == "string" else 4


class LayoutMaker:
    """`ops` and `tags` are the result; `depth` is the deepest stack that a walk can need."""

    def __init__(self, fields, version, flexible):
        self.version, self.flexible = version, flexible
        self.ops, self.tags, self.depth = [], [], 0
        self.waiting = []       # (index of a tags op, its fields, depth): their ops come last
        self.struct(fields, 0)
        self.add(Op("end"))
        while self.waiting:
            self.tag_group(*self.waiting.pop(0))

    def add(self, op):
        last = self.ops[-1] if self.ops else None
        if op.code == "fixed" and last and last.code == "fixed":
            self.ops[-1] = Op("fixed", arg=last.arg + op.arg)
        else:
            self.ops.append(op)
        return len(self.ops) - 1

    def struct(self, fields, depth):
        for f in present(fields, self.version):
            self.field(f, depth)
        if self.flexible:
            self.tag_section(tagged(fields, self.version), depth)

    def tag_section(self, fields, depth):
        at = self.add(Op("tags", arg=NO_TAGS))
        self.depth = max(self.depth, depth + 1)
        if fields:
            self.waiting.append((at, fields, depth + 2))

    def tag_group(self, at, fields, depth):
        self.depth = max(self.depth, depth)
        self.ops[at] = Op("tags", arg=len(self.tags))
        group = len(self.tags)
        self.tags += [None] * (len(fields) + 1)
        for n, f in enumerate(fields):
            self.tags[group + n] = (f.tag, len(self.ops))
            self.field(f, depth)
            self.add(Op("end"))
        self.tags[group + len(fields)] = (0, 0)

    def field(self, f, depth):
        nullable = f.is_nullable(self.version)
        if f.array:
            self.block(Op("compact_array" if self.flexible else "array", f.slot or "none",
                          least=least_element_bytes(f, self.version, self.flexible),
                          nullable=nullable), f, depth)
        elif f.type == "struct" and nullable:
            self.block(Op("nullable_struct", nullable=True), f, depth)
        elif f.type == "struct":
            self.struct(f.fields, depth)
        else:
            self.primitive(f.type, f.slot, nullable)

    def block(self, op, f, depth):
        """An array or nullable struct: the op, the ops of what is inside, `end`."""
        self.depth = max(self.depth, depth + 1)
        at = self.add(op)
        inside = len(self.ops)
        if f.type == "struct":
            self.struct(f.fields, depth + 1)
        else:
            self.primitive(f.type, f.element_slot, False)
        self.add(Op("end"))
        if len(self.ops) > ARG_MAX or op.least > ARG_MAX:
            raise SchemaError(f"{f.where}: the op table is too long")
        self.ops[at] = Op(op.code, op.slot, len(self.ops), op.least, op.nullable)
        assert inside == at + 1     # the walker expects an element's ops right after the op

    def primitive(self, kind, slot, nullable):
        if kind in NUMBERS or kind == "uuid":
            if slot:
                self.add(Op("int8" if kind == "bool" else kind, slot))
            else:
                self.add(Op("fixed", arg=PRIMITIVES[kind]))
            return
        if kind == "records" and not slot:
            kind = "bytes"
        code = "compact_" + kind if self.flexible else kind
        self.add(Op(code, slot or "none", nullable=nullable))
