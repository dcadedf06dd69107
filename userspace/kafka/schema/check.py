"""What a schema must keep to beyond its grammar, so that tables can be made from it."""
from model import NUMBERS, SchemaError, present, tagged


def slot_kind(field):
    """What a reader of this slot is handed: it must be the same wherever the slot is used."""
    if field.array:
        return "array"
    if field.type in ("string", "uuid", "records"):
        return field.type
    if field.type in NUMBERS:
        return "number"
    raise SchemaError(f"{field.where}: a {field.type} cannot have a slot")


class Checker:
    def __init__(self):
        self.kinds = {}         # slot -> (kind, where first seen)

    def slot(self, name, kind, where):
        first_kind, first_where = self.kinds.setdefault(name, (kind, where))
        if first_kind != kind:
            raise SchemaError(f"{where}: slot `{name}` is {kind} here and {first_kind} "
                              f"at {first_where}")

    def field(self, f):
        if f.slot:
            self.slot(f.slot, slot_kind(f), f.where)
        if f.element_slot:
            kind = "number" if f.type in NUMBERS else f.type
            self.slot(f.element_slot, kind, f.where)
        if f.errors and (f.array or f.type != "int16"):
            raise SchemaError(f"{f.where}: an error code is an int16")
        if f.message and (f.array or f.type != "string"):
            raise SchemaError(f"{f.where}: a message is a string")
        if f.type == "struct" and not f.fields:
            raise SchemaError(f"{f.where}: a struct without fields")
        for child in f.fields:
            self.field(child)

    def struct(self, fields, version, flexible, slotted, seen):
        """`slotted`: every array around these fields has a slot. `seen`: this struct's slots."""
        tags = tagged(fields, version)
        if tags and not flexible:
            raise SchemaError(f"{tags[0].where}: version {version} is not flexible and has no tags")
        if len({f.tag for f in tags}) != len(tags):
            raise SchemaError(f"{tags[0].where}: a tag is used twice")
        for f in present(fields, version) + tags:
            for slot in filter(None, (f.slot, f.element_slot)):
                if not slotted:
                    raise SchemaError(f"{f.where}: a slot inside of an array without one")
            if f.slot in seen:
                raise SchemaError(f"{f.where}: slot `{f.slot}` stands twice in this struct")
            if f.slot:
                seen.add(f.slot)
            if f.type == "struct":
                inner = set() if f.array else seen
                self.struct(f.fields, version, flexible,
                            slotted and (not f.array or f.slot is not None), inner)


def check(apis):
    checker = Checker()
    for api in apis.values():
        if not api.request and not api.response:
            raise SchemaError(f"{api.where}: API {api.name} has neither request nor response")
        for fields in (api.request, api.response):
            for f in fields:
                checker.field(f)
            for version in range(api.versions.low, api.versions.high + 1):
                checker.struct(fields, version, api.is_flexible(version), True, set())
    return sorted(checker.kinds)
