"""Reads *.schema into a model of Kafka's messages. The language is described in README.md.

Every mistake in a schema is a SchemaError that names file and line.
"""
import re
from dataclasses import dataclass, field as dataclass_field
from pathlib import Path

PRIMITIVES = {"bool": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "uuid": 16,
              "string": None, "bytes": None, "records": None}
NUMBERS = ("bool", "int8", "int16", "int32", "int64")
EVER = 32767


class SchemaError(Exception):
    pass


@dataclass(frozen=True)
class Versions:
    low: int
    high: int

    def __contains__(self, version):
        return self.low <= version <= self.high

    def within(self, other):
        return self.low >= other.low and self.high <= other.high


@dataclass
class ErrorClause:
    versions: Versions
    codes: tuple            # empty: every code that no other clause of the message names


@dataclass
class Echo:
    field: str
    versions: Versions


@dataclass
class Refused:
    value: str
    versions: Versions


@dataclass
class Field:
    where: str              # "file:line"
    name: str
    type: str               # a primitive, or "struct"
    array: bool
    versions: Versions
    nullable: Versions | None
    tag: int | None = None
    default: str | None = None
    slot: str | None = None
    element_slot: str | None = None     # of an array of primitives
    echoes: list = dataclass_field(default_factory=list)
    errors: list = dataclass_field(default_factory=list)
    refused: Refused | None = None
    message: bool = False
    fields: list = dataclass_field(default_factory=list)

    def is_nullable(self, version):
        return self.nullable is not None and version in self.nullable

    def echo(self, version):
        return next((e.field for e in self.echoes if version in e.versions), None)

    def error(self, version):
        return next((e for e in self.errors if version in e.versions), None)


@dataclass
class Api:
    where: str
    key: int
    name: str
    versions: Versions
    flexible: int | None
    request: list = dataclass_field(default_factory=list)
    response: list = dataclass_field(default_factory=list)

    def is_flexible(self, version):
        return self.flexible is not None and version >= self.flexible


def present(fields, version):
    """The fields of a struct that this version has and that are not tagged, in wire order."""
    return [f for f in fields if version in f.versions and f.tag is None]


def tagged(fields, version):
    """The tagged fields that this version has, by tag."""
    return sorted((f for f in fields if version in f.versions and f.tag is not None),
                  key=lambda f: f.tag)


def parse_versions(text, where):
    match = re.fullmatch(r"(\d+)(\+|-(\d+))?", text)
    if not match:
        raise SchemaError(f"{where}: `{text}` is no version range (3, 3-5 or 3+)")
    low = int(match[1])
    high = EVER if match[2] == "+" else int(match[3]) if match[3] else low
    if high < low:
        raise SchemaError(f"{where}: version range `{text}` is empty")
    return Versions(low, high)


def looks_like_versions(word):
    return re.fullmatch(r"\d+(\+|-\d+)?", word) is not None


def clip(versions, outer, where, what):
    """An open range ends where the enclosing one does; a closed one must lie inside it."""
    clipped = Versions(versions.low, min(versions.high, outer.high) if versions.high == EVER
                       else versions.high)
    if not clipped.within(outer):
        raise SchemaError(f"{where}: {what} reaches outside of versions {outer.low}-{outer.high}")
    return clipped


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def parse_type(word, versions, where):
    match = re.fullmatch(r"(\[\])?(\w*)(\?(.*))?", word)
    if not match:
        raise SchemaError(f"{where}: `{word}` is no type")
    array = match[1] is not None
    kind = match[2] or ("struct" if array else "")
    if kind not in PRIMITIVES and kind != "struct":
        raise SchemaError(f"{where}: unknown type `{word}`")
    nullable = None
    if match[3]:
        nullable = versions if not match[4] else clip(
            parse_versions(match[4], where), versions, where, "the nullable range")
        if not array and kind not in ("string", "bytes", "records", "struct"):
            raise SchemaError(f"{where}: {article(kind)} cannot be null")
    return kind, array, nullable


class Clauses:
    """The words after a field's type and versions."""

    def __init__(self, words, field):
        self.words, self.field = words, field

    def take(self):
        if not self.words:
            raise SchemaError(f"{self.field.where}: the line ends where a word is missing")
        return self.words.pop(0)

    def number(self):
        word = self.take()
        if not re.fullmatch(r"\d+", word):
            raise SchemaError(f"{self.field.where}: `{word}` is no number")
        return int(word)

    def versions(self):
        if self.words and looks_like_versions(self.words[0]):
            return clip(parse_versions(self.take(), self.field.where), self.field.versions,
                        self.field.where, "the clause")
        return self.field.versions

    def codes(self):
        codes = []
        if self.words and self.words[0] == "for":
            self.take()
            while self.words and re.fullmatch(r"\d+", self.words[0]):
                codes.append(int(self.take()))
            if not codes:
                raise SchemaError(f"{self.field.where}: `for` needs error codes")
        return tuple(codes)

    def apply(self):
        f = self.field
        while self.words:
            word = self.take()
            if word == "tag":
                f.tag = self.number()
            elif word == "=":
                f.default = self.take()
            elif word.startswith("@"):
                self.slot(word)
            elif word == "echo":
                name = self.take()
                f.echoes.append(Echo(name, self.versions()))
            elif word == "error":
                versions = self.versions()
                f.errors.append(ErrorClause(versions, self.codes()))
            elif word == "message":
                f.message = True
            elif word == "refused":
                value = self.take()
                f.refused = Refused(value, self.versions())
            else:
                raise SchemaError(f"{f.where}: unknown word `{word}`")

    def slot(self, word):
        f = self.field
        match = re.fullmatch(r"@([a-z][a-z0-9_]*)(\[([a-z][a-z0-9_]*)\])?", word)
        if not match:
            raise SchemaError(f"{f.where}: `{word}` is no slot")
        if match[3] and not (f.array and f.type != "struct"):
            raise SchemaError(f"{f.where}: only an array of primitives gives its elements a slot")
        f.slot, f.element_slot = match[1], match[3]


def parse_field(line, where, outer):
    words = line.split()
    if len(words) < 2:
        raise SchemaError(f"{where}: a field needs a name and a type")
    name, type_word, rest = words[0], words[1], words[2:]
    versions = outer
    if rest and looks_like_versions(rest[0]):
        versions = clip(parse_versions(rest.pop(0), where), outer, where, f"`{name}`")
    kind, array, nullable = parse_type(type_word, versions, where)
    parsed = Field(where, name, kind, array, versions, nullable)
    Clauses(rest, parsed).apply()
    return parsed


def parse_api(line, where):
    match = re.fullmatch(r"api (\d+) (\w+) versions (\S+) flexible (never|\d+\+)", line)
    if not match:
        raise SchemaError(f"{where}: expected `api KEY NAME versions A-B flexible N+`")
    versions = parse_versions(match[3], where)
    if versions.high == EVER:
        raise SchemaError(f"{where}: the versions of an API have an end")
    flexible = None if match[4] == "never" else int(match[4][:-1])
    return Api(where, int(match[1]), match[2], versions, flexible)


class FileParser:
    def __init__(self):
        self.apis, self.hidden = {}, {}
        self.api, self.stack = None, []     # stack: (indentation, field list, versions)

    def claim(self, key, where):
        if key in self.apis or key in self.hidden:
            raise SchemaError(f"{where}: API {key} stands twice")

    def top_line(self, line, where):
        if line.startswith("api "):
            self.api = parse_api(line, where)
            self.claim(self.api.key, where)
            self.apis[self.api.key] = self.api
            self.stack = []
        elif match := re.fullmatch(r"hidden (\d+) (\w+)", line):
            self.claim(int(match[1]), where)
            self.hidden[int(match[1])] = match[2]
        elif line in ("request", "response") and self.api:
            fields = self.api.request if line == "request" else self.api.response
            self.stack = [(0, fields, self.api.versions)]
        else:
            raise SchemaError(f"{where}: expected `api`, `hidden`, `request` or `response`")

    def field_line(self, line, indentation, where):
        while self.stack and self.stack[-1][0] >= indentation:
            self.stack.pop()
        if not self.stack or indentation != self.stack[-1][0] + 2:
            raise SchemaError(f"{where}: wrong indentation")
        _, siblings, outer = self.stack[-1]
        parsed = parse_field(line, where, outer)
        siblings.append(parsed)
        if parsed.type == "struct":
            self.stack.append((indentation, parsed.fields, parsed.versions))

    def parse(self, path):
        for number, raw in enumerate(path.read_text().splitlines(), 1):
            where, line = f"{path}:{number}", raw.split("#", 1)[0].rstrip()
            if not line:
                continue
            indentation = len(line) - len(line.lstrip())
            if indentation == 0:
                self.top_line(line, where)
            else:
                # A message's own lines stand at 0, so its fields' parent is at 0 and they at 2.
                self.field_line(line.strip(), indentation, where)


def read_schemas(folder):
    """(APIs by key, names of hidden APIs by key). Checked: see check.py."""
    parser = FileParser()
    for path in sorted(Path(folder).glob("*.schema")):
        parser.parse(path)
    return parser.apis, parser.hidden
