"""Masking once more, from the rules as plan.h and value.h state them, by other means.

JSON is read into a tree by the standard library's own string scanner, paths are matched by
backtracking over the way to each value, detectors are regular expressions. Slow, and independent of
userspace/mask. Rules are dicts: {"id", "fields": [(steps, treatment)], "detect": (types, treatment)
or None}; a step is (kind, descend, name or index); a treatment {"action", "key", "first", "last"}.
"""

import decimal
import hashlib
import hmac
import json
import re
from json.decoder import scanstring

ORDER = ["keep", "partial", "hmac", "redact", "null"]
TYPES = ["email", "pan", "iban"]
KEEP = {"action": "keep", "key": None, "first": 0, "last": 0}
DEPTH_MAX = 128

# -- JSON with the place of each value


class NotJson(Exception):
    pass


class Node:
    def __init__(self, kind, begin, end, value=None, children=()):
        self.kind, self.begin, self.end, self.value = kind, begin, end, value
        self.children = children  # (key or index, Node)


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
BLANKS = re.compile(r"[ \t\n\r]*")
LONE = re.compile(r"[\ud800-\udfff]")


class Reader:
    def __init__(self, text):
        self.text = text

    def blanks(self, at):
        return BLANKS.match(self.text, at).end()

    def string(self, at):
        if self.text[at:at + 1] != '"':
            raise NotJson
        try:
            value, end = scanstring(self.text, at + 1, True)
        except ValueError as error:
            raise NotJson from error
        if LONE.search(value):
            raise NotJson
        return value, end

    def value(self, at, depth):
        c = self.text[at:at + 1]
        if c == '"':
            value, end = self.string(at)
            return Node("string", at, end, value)
        if c in ("{", "[") and c:
            if depth == DEPTH_MAX:
                raise NotJson
            return self.members(at, depth, c == "{")
        for word in ("true", "false", "null"):
            if self.text.startswith(word, at):
                return Node("null" if word == "null" else "boolean", at, at + len(word), word)
        number = NUMBER.match(self.text, at)
        if not number:
            raise NotJson
        return Node("number", at, number.end(), number.group())

    def members(self, begin, depth, is_object):
        children, at = [], self.blanks(begin + 1)
        closing = "}" if is_object else "]"
        while self.text[at:at + 1] != closing or children:
            key = len(children)
            if is_object:
                key, at = self.string(at)
                at = self.blanks(at)
                if self.text[at:at + 1] != ":":
                    raise NotJson
                at = self.blanks(at + 1)
            child = self.value(at, depth + 1)
            children.append((key, child))
            at = self.blanks(child.end)
            if self.text[at:at + 1] == closing:
                break
            if self.text[at:at + 1] != ",":
                raise NotJson
            at = self.blanks(at + 1)
        return Node("object" if is_object else "array", begin, at + 1, None, children)


def refuse_constant(name):
    raise ValueError(name)


def read_json(text):
    reader = Reader(text)
    node = reader.value(reader.blanks(0), 0)
    if reader.blanks(node.end) != len(text):
        raise NotJson
    # The library's whole parser, with every member kept, must see the same tree.
    if plain(node) != json.loads(text, parse_constant=refuse_constant, object_pairs_hook=tuple,
                                 parse_int=lambda n: ["number", n],
                                 parse_float=lambda n: ["number", n]):
        raise AssertionError("two readers of JSON differ: " + ascii(text))
    return node


def plain(node):
    if node.kind == "object":
        return tuple((key, plain(child)) for key, child in node.children)
    if node.kind == "array":
        return [plain(child) for _, child in node.children]
    if node.kind == "number":
        return ["number", node.value]
    return {"true": True, "false": False, "null": None}[node.value] \
        if node.kind in ("boolean", "null") else node.value


def compact(node):
    if node.kind == "object":
        return "{" + ",".join(dump(k) + ":" + compact(c) for k, c in node.children) + "}"
    if node.kind == "array":
        return "[" + ",".join(compact(c) for _, c in node.children) + "]"
    return dump(node.value) if node.kind == "string" else node.value


def dump(text):
    return json.dumps(text, ensure_ascii=False)


# -- Paths


def leads(steps, way):
    """Does a path lead along `way`, the keys and indexes from the root?"""
    if not steps or not way:
        return not steps and not way
    kind, descend, wanted = steps[0]
    here = way[0]
    fits = kind == "any" or (here == wanted and isinstance(here, str) == (kind == "name"))
    return (fits and leads(steps[1:], way[1:])) or (descend and leads(steps, way[1:]))


# -- Escapes

HIGH, LOW = "[dD][89abAB][0-9a-fA-F]{2}", "[dD][c-fC-F][0-9a-fA-F]{2}"
ESCAPE = re.compile(rf'\\(?:(["\\/bfnrt])|u({HIGH})\\u({LOW})'
                    r"|u((?![dD][89a-fA-F])[0-9a-fA-F]{4}))")
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def units(raw):
    """(character, where it begins in `raw`, where it ends), escapes taken leniently."""
    at, out = 0, []
    while at < len(raw):
        match = ESCAPE.match(raw, at)
        end = match.end() if match else at + 1
        if not match:
            char = raw[at]
        elif match[1]:
            char = SHORT.get(match[1], match[1])
        elif match[2]:
            pair = bytes.fromhex(match[2] + match[3])
            char = pair.decode("utf-16-be")
        else:
            char = chr(int(match[4], 16))
        out.append((char, at, end))
        at = end
    return out


def unescape(raw):
    return "".join(unit[0] for unit in units(raw))


# -- Detectors

LATIN = "\u00c0-\u024f"
LOCAL = re.compile("[A-Za-z0-9._%%+'!#$~%s-]*\\Z" % LATIN)
LABEL = f"[A-Za-z0-9{LATIN}](?:[A-Za-z0-9{LATIN}-]*[A-Za-z0-9{LATIN}])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*")
FILES = "png|jpe?g|gif|svg|webp|ico|s?css|js|json|html"
TOP = re.compile(rf"(?!(?:{FILES})$)[a-z]{{2,63}}|xn--[a-z0-9-]+", re.I)


def emails(text):
    for sign in re.finditer("@", text):
        local = LOCAL.search(text[:sign.start()]).group()
        local = re.sub(f"^[^A-Za-z0-9_{LATIN}]+", "", local)
        domain = DOMAIN.match(text, sign.end())
        if not local or not domain:
            continue
        labels = domain.group().split(".")
        while len(labels) > 1 and not TOP.fullmatch(labels[-1]):
            labels.pop()
        if len(labels) > 1:
            yield sign.start() - len(local), sign.end() + len(".".join(labels))


ISSUERS = re.compile("|".join((
    r"4(.{12}|.{15}|.{18})", r"5[1-5].{14}", r"3[47].{13}", r"6011.{12,15}", r"64[4-9].{13,16}",
    r"65.{14,17}", r"30[0-5].{11,16}", r"3095.{10,15}", r"3[689].{12,17}", r"62.{14,17}",
    r"81.{14,17}", r"(60|82).{14}", r"508.{13}", r"(5018|5020|5038|5893|6304|6759|676[123]).{8,15}",
    r"220[0-4].{12,15}", r"(5019|9792|8600|9860).{12}", r"63[6-9].{13,16}", r"506.{13,16}")))


def is_card(digits):
    issued = ISSUERS.fullmatch(digits) or (
        len(digits) == 16 and 2221 <= int(digits[:4]) <= 2720) or (
        16 <= len(digits) <= 19 and 3528 <= int(digits[:4]) <= 3589)
    odd = sum(int(d) for d in digits[::-1][::2])
    even = sum(sum(divmod(2 * int(d), 10)) for d in digits[::-1][1::2])
    return bool(issued) and (odd + even) % 10 == 0


def cards(text):
    for cluster in re.finditer(r"[0-9]+(?:[ -][0-9]+)*", text):
        groups = [(m.start() + cluster.start(), m.end() + cluster.start())
                  for m in re.finditer("[0-9]+", cluster.group())]
        first = 0
        if re.search(r"[A-Za-z]\Z|[0-9]\.\Z", text[:cluster.start()]):
            first = 1
        while first < len(groups):
            best = None
            for last in range(first, len(groups)):
                begin, end = groups[first][0], groups[last][1]
                digits = re.sub("[ -]", "", text[begin:end])
                if len(digits) > 19:
                    break
                if len(digits) >= 12 and is_card(digits) and not re.match(
                        r"[A-Za-z]|\.[0-9]", text[end:]):
                    best = last
                if groups[last][1] - groups[last][0] < 3:
                    break
            if best is not None:
                yield groups[first][0], groups[best][1]
            first = first + 1 if best is None else best + 1


LENGTHS = """15NO 16BE 18DKFIFKFOGLNLSD 19MKSI 20ATBAEEKZLTLUMNXK 21CHHRLILV
22BGBHCRDEGBGEIEMERSVA 23AEGIILIQOMSOTL 24ADCZESMDPKROSASESKTNVG 25LYPTST 26ISTR
27BIDJFRGRITMCMRSM 28ALAZBYCYDOGTHNHULBNIPLSV 29BREGPSQAUA 30JOKWMUYE 31MTSC 32LC 33RU"""
IBAN_LENGTH = {entry[i:i + 2]: int(entry[:2])
               for entry in LENGTHS.split() for i in range(2, len(entry), 2)}


def ibans(text):
    until = 0
    for start in re.finditer(r"(?<![A-Za-z0-9])[A-Za-z]{2}(?=[0-9]{2})", text):
        length = IBAN_LENGTH.get(start.group().upper())
        if length is None or start.start() < until:
            continue
        match = re.compile(r"[A-Za-z0-9](?: ?[A-Za-z0-9]){%d}(?![A-Za-z0-9])" % (length - 1)).match(
            text, start.start())
        if not match:
            continue
        iban = match.group().replace(" ", "").upper()
        if int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1:
            until = match.end()
            yield match.span()


DETECTORS = {"email": emails, "pan": cards, "iban": ibans}


def merged(found):
    out = []
    for begin, end, types in sorted(found, key=lambda f: f[0]):
        if out and begin < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end), out[-1][2] | types)
        else:
            out.append((begin, end, types))
    return out


def find_plain(text, types):
    return merged([(b, e, {t}) for t in types for b, e in DETECTORS[t](text)])


def find(text, types):
    found = find_plain(text, types)
    pieces = units(text)
    bare = "".join(p[0] for p in pieces)
    if bare != text:
        # Each character of `bare` came from one unit: a pair of surrogates is one character here.
        found += [(pieces[b][1], pieces[e - 1][2], t) for b, e, t in find_plain(bare, types)]
    return merged(found)


def whole_digits(number):
    """The digits of a JSON number that is whole and of 12 to 19 digits, else None."""
    if len(number) < 12 or number.startswith("-"):
        return None
    mantissa, _, exponent = number.lower().partition("e")
    if abs(int(exponent or 0)) > 1000:
        return None
    with decimal.localcontext() as context:
        context.prec = 10_000
        value = decimal.Decimal(number)
        integer, _, fraction = mantissa.partition(".")
        places = len(integer) + int(exponent or 0)
        if not 12 <= places <= 19 or value != value.to_integral_value():
            return None
    digits = (integer + fraction)[:places]
    return digits + "0" * (places - len(digits))


NORMALISED = {
    "email": lambda t: re.sub("[A-Z]", lambda m: m.group().lower(), t),
    "pan": lambda t: re.sub("[ -]", "", t),
    "iban": lambda t: re.sub("[a-z]", lambda m: m.group().upper(), t.replace(" ", "")),
}

# -- Treatments


def stricter(one, other):
    if one["action"] != other["action"]:
        return max(one, other, key=lambda t: ORDER.index(t["action"]))
    return dict(one, first=min(one["first"], other["first"]), last=min(one["last"], other["last"]))


def partial(raw, treatment):
    pieces = units(raw)
    first, last = treatment["first"], treatment["last"]
    if len(pieces) <= first + last:
        return "*" * len(pieces)
    return "".join(raw[b:e] if n < first or n >= len(pieces) - last else "*"
                   for n, (_, b, e) in enumerate(pieces))


class Masker:
    def __init__(self, rules, keys):
        self.rules, self.keys = rules, keys  # keys: name -> (id, secret)
        self.has_fields = any(rule["fields"] for rule in rules)

    def pseudonym(self, text, treatment):
        key_id, secret = self.keys[treatment["key"]]
        mac = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
        return f"m:{key_id}:{mac[:32]}"

    def detecting(self, without):
        """type -> (treatment, the rules)"""
        out = {}
        for n, rule in enumerate(self.rules):
            if not rule["detect"] or n in without:
                continue
            types, treatment = rule["detect"]
            for kind in types:
                before, rules = out.get(kind, (KEEP, set()))
                out[kind] = (stricter(before, treatment), rules | {n})
        return out

    def mask(self, value):
        """(outcome, bytes, values, unmaskable, by rule, by type)"""
        self.by_rule = [0] * len(self.rules)
        self.by_type = dict.fromkeys(TYPES, 0)
        self.values = 0
        nothing = [0] * len(self.rules), dict.fromkeys(TYPES, 0)
        if not value or not (self.has_fields or any(r["detect"] for r in self.rules)):
            return "unchanged", b"", 0, 0, *nothing
        prefix = value[:5] if len(value) >= 5 and value[0] == 0 else b""
        try:
            text = value[len(prefix):].decode()
            out = self.mask_json(text, read_json(text))
        except (NotJson, UnicodeDecodeError):
            out = None if self.has_fields else self.mask_text(value, prefix)
            prefix = b""
        if out is None:
            return "unmaskable", b"", 0, 1, *nothing
        if self.values == 0:
            return "unchanged", b"", 0, 0, *nothing
        return "masked", prefix + out.encode(), self.values, 0, self.by_rule, self.by_type

    def mask_text(self, value, prefix):
        detecting = self.detecting(set())
        try:
            text = value.decode()
        except UnicodeDecodeError:
            prefix, text = b"binary", value.decode("utf-8", "surrogateescape")
        found = find(text, detecting)
        if prefix and found:
            return None
        places = [(n, n + 1) for n in range(len(text))]
        return self.replace_found(text, text, found, detecting, places)

    def replace_found(self, raw, text, found, detecting, places):
        """`places`: where each character of `text` stands in `raw`."""
        out, at, ruled = "", 0, set()
        for begin, end, types in found:
            treatment = KEEP
            for kind in types:
                treatment = stricter(treatment, detecting[kind][0])
                ruled |= detecting[kind][1]
                self.by_type[kind] += 1
            b, e = places[begin][0], places[end - 1][1]
            bare = unescape(text[begin:end])
            if len(types) == 1:
                bare = NORMALISED[next(iter(types))](bare)
            out += raw[at:b]
            if treatment["action"] == "redact":
                out += "***"
            elif treatment["action"] == "partial":
                out += partial(raw[b:e], treatment)
            elif treatment["action"] == "hmac":
                out += self.pseudonym(bare, treatment)
            at = e
        self.count(ruled)
        return out + raw[at:]

    def count(self, rules):
        self.values += bool(rules)
        for rule in rules:
            self.by_rule[rule] += 1

    def mask_json(self, text, root):
        self.text, self.edits = text, []
        self.visit(root, [])
        out, at = "", 0
        for begin, end, new in self.edits:
            out += text[at:begin] + new
            at = end
        return out + text[at:]

    def visit(self, node, way):
        if node.kind == "null":
            return
        named = [(n, treatment) for n, rule in enumerate(self.rules)
                 for steps, treatment in rule["fields"] if leads(steps, way)]
        masking = {n for n, treatment in named if treatment["action"] != "keep"}
        container = node.kind in ("object", "array")
        if masking:
            treatment = KEEP
            for _, other in named:
                treatment = stricter(treatment, other)
            self.replace_whole(node, treatment, masking, {n for n, _ in named})
        elif container:
            for key, child in node.children:
                self.visit(child, way + [key])
        else:
            self.detect(node, self.detecting({n for n, _ in named}))

    def types_in(self, node, detecting):
        types = []
        if node.kind == "string":
            types = [t for _, _, found in find(node.value, detecting) for t in found]
        elif node.kind == "number" and "pan" in detecting:
            digits = whole_digits(node.value)
            types = ["pan"] if digits and is_card(digits) else []
        for kind in types:
            self.by_type[kind] += 1
        return set(types)

    def replace_whole(self, node, treatment, masking, named):
        text = node.value
        if node.kind in ("object", "array"):
            text = compact(node)
        else:
            detecting = self.detecting(named)
            for kind in self.types_in(node, detecting):
                treatment = stricter(treatment, detecting[kind][0])
                masking = masking | detecting[kind][1]
        self.replace(node, treatment, text)
        self.count(masking)

    def replace(self, node, treatment, text):
        action = treatment["action"]
        raw = self.text[node.begin + 1:node.end - 1] if node.kind == "string" else text
        if action == "null":
            new = "null"
        elif action == "hmac":
            new = f'"{self.pseudonym(text, treatment)}"'
        elif action == "partial" and node.kind in ("string", "number"):
            new = f'"{partial(raw, treatment)}"'
        else:
            new = '"***"'
        self.edits.append((node.begin, node.end, new))

    def detect(self, node, detecting):
        if node.kind == "number":
            if self.types_in(node, detecting):
                self.replace(node, detecting["pan"][0], whole_digits(node.value))
                self.count(detecting["pan"][1])
        elif node.kind == "string":
            found = find(node.value, detecting)
            if not found:
                return
            raw = self.text[node.begin + 1:node.end - 1]
            new = self.replace_found(raw, node.value, found, detecting,
                                     [(b, e) for _, b, e in units(raw)])
            if any(detecting[t][0]["action"] == "null" for _, _, types in found for t in types):
                self.edits.append((node.begin, node.end, "null"))
            else:
                self.edits.append((node.begin + 1, node.end - 1, new))
