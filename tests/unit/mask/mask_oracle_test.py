#!/usr/bin/env python3
"""Random rules over random values: mask_dump and mask_oracle.py must say the same, to the byte.

    mask_oracle_test.py MASK_DUMP [--seed N] [--rounds N]

A round is a plan and some twenty values: JSON in all spellings, with personal data in them, with
duplicate keys, hidden by escapes, framed, damaged; and text.
"""

import argparse
import json
import random
import subprocess
import sys

from mask_oracle import DETECTORS, Masker, ORDER, TYPES

NAMES = ["a", "b", "email", "card", "a.b", "it's", "\u00e9", "", 'q"', "longer than eight bytes"]
KEYS = {"pii": ("k1", b"0123456789abcdef0123456789abcdef"), "other": ("k-2.x", bytes(range(80)))}
PIECES = [
    "bob@example.org", "J\u00f6rg.M@m\u00fcller.de", "a@b", "x@y.png", "O'Hara+t@x.co.uk.",
    "4111 1111 1111 1111", "4111111111111111", "4111111111111112", "3782-822463-10005",
    "6759649826438453", "2026-11-24", "1700000000000", "550e8400-e29b-41d4-a716-446655440000",
    "DE89370400440532013000", "gb82 west 1234 5698 7654 32", "DE88370400440532013000",
    "NO9386011117947", "12", "@", ".", "-", " ", ", ", "\\", "\\u0040", "\\n", '"', "\u20ac",
    "\U0001f600", "\U0010fffd", "\u0001", "\t", "text", "/", "DE", "89 37",
    "41 11 11 11 11 11 11 11"]
NUMBERS = [
    "0", "-1", "12.50", "1e5", "4111111111111111", "4.111111111111111E15", "4111111111111111.0",
    "-4111111111111111", "411111111111111100e-2", "1700000000000", "4111111111111111.5", "7" * 60,
    "6759649826438453", "0.0000000000000", "1e-400", "37828224631000.5e1"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def pick(self, items):
        return self.random.choice(items)

    # -- rules

    def treatment(self, detecting=False):
        action = self.pick(ORDER[1:] if detecting else ORDER)
        return {"action": action, "key": self.pick(list(KEYS)) if action == "hmac" else "-",
                "first": self.pick([0, 0, 1, 3]) if action == "partial" else 0,
                "last": self.pick([0, 2, 4]) if action == "partial" else 0}

    def step(self):
        kind = self.pick(["name", "name", "name", "any", "index"])
        wanted = {"name": self.pick(NAMES), "any": None, "index": self.random.randrange(3)}[kind]
        return kind, self.one_in(4), wanted

    def rule(self, n):
        fields = []
        for _ in range(self.pick([0, 0, 1, 2, 3])):
            steps = [self.step() for _ in range(self.pick([0, 1, 1, 2, 2, 3]))]
            fields.append((steps, self.treatment()))
        detect = None
        if self.one_in(2):
            detect = [t for t in TYPES if not self.one_in(3)] or ["email"], self.treatment(True)
        return {"id": f"r{n}", "fields": fields, "detect": detect}

    def path(self, steps):
        text = self.pick(["$", ""]) if steps and steps[0][1] else "$"
        for kind, descend, wanted in steps:
            dots = ".." if descend else ""
            if kind == "index":
                text += f"{dots}[{wanted}]"
            elif kind == "any":
                text += self.pick([f"{dots or '.'}*", f"{dots}[*]"])
            elif wanted.isalnum() and self.one_in(2):
                text += (dots or ".") + wanted
            else:
                quote = self.pick("'\"")
                escaped = wanted.replace("\\", "\\\\").replace(quote, "\\" + quote)
                text += f"{dots}[{quote}{escaped}{quote}]"
        return text

    # -- values

    def content(self):
        return "".join(self.pick(PIECES) + self.pick(["", "", " "])
                       for _ in range(self.pick([0, 1, 1, 2, 3, 5])))

    def spelled(self, text):
        """`text` as a JSON string, in one of its many spellings."""
        out = ""
        often = self.pick([2, 30, 1000])
        for char in text:
            plain = json.dumps(char, ensure_ascii=False)[1:-1]
            if self.one_in(often):
                plain = json.dumps(char)[1:-1]
                if len(plain) == 1:
                    plain = f"\\u{ord(char):04x}"
            out += self.pick([plain, plain.replace("\\u00E", "\\u00e")])
        return f'"{out}"'

    def blank(self):
        return self.pick(["", "", "", " ", "\n\t", "\r\n"])

    def json(self, depth=0):
        kind = self.random.randrange(10 if depth < 4 else 6)
        if kind < 3:
            return self.spelled(self.content())
        if kind < 5:
            return self.pick(NUMBERS)
        if kind == 5:
            return self.pick(["true", "false", "null", '""'])
        members = []
        for _ in range(self.pick([0, 1, 2, 3, 4])):
            name = self.spelled(self.pick(NAMES)) + self.blank() + ":" + self.blank()
            members.append(self.blank() + (name if kind > 7 else "") + self.json(depth + 1) +
                           self.blank())
        return ("{%s}" if kind > 7 else "[%s]") % ",".join(members)

    def value(self):
        kind = self.random.randrange(20)
        if kind == 0:
            return self.content().encode() + (b"\xff" if self.one_in(2) else b"")
        if kind == 1:
            return ("[" * self.pick([126, 127, 128, 129]) + self.json(9) + "]" * 128).encode()
        data = (self.blank() + self.json() + self.blank()).encode()
        if kind == 2:
            data = data.replace(b"u0040", b"ud800")
        if kind in (3, 4, 5) and data:
            data = bytearray(data)
            at = self.random.randrange(len(data))
            data[at:at + self.random.randrange(2)] = bytes(
                self.pick(b'"\\{}[],:0e.-u d\x80\xff') for _ in range(self.random.randrange(3)))
        if self.one_in(10):
            data = b"\0\0\0\1\2" + bytes(data)
        return bytes(data)


class Dump:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, *lines):
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


def treatment_words(t):
    return f"{t['action']} {t['key']} {t['first']} {t['last']}"


def plan_lines(generator, rules):
    for name, (key_id, secret) in KEYS.items():
        yield f"key {name} {key_id} {secret.hex()}"
    for rule in rules:
        yield f"rule {rule['id']}"
        for steps, treatment in rule["fields"]:
            yield f"field {generator.path(steps).encode().hex()} {treatment_words(treatment)}"
        if rule["detect"]:
            types, treatment = rule["detect"]
            yield f"detect {','.join(types)} {treatment_words(treatment)}"
    yield "plan"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    dump = Dump(options.dump)
    seen = {}
    for number in range(options.rounds):
        generator = Generator(options.seed * 1_000_003 + number)
        rules = [generator.rule(n) for n in range(generator.pick([1, 1, 2, 3]))]
        lines = list(plan_lines(generator, rules))
        answer = dump.ask(*lines)
        if answer != "ok":
            sys.exit(f"round {number}: a plan was refused: {answer}")
        masker = Masker(rules, KEYS)
        for _ in range(20):
            value = generator.value()
            outcome, out, values, unmaskable, by_rule, by_type = masker.mask(value)
            expected = " ".join(map(str, [outcome, out.hex() or "-", values, unmaskable, *by_rule,
                                          *by_type.values()]))
            got = dump.ask(f"mask {value.hex() or '-'}")
            seen[outcome] = seen.get(outcome, 0) + 1
            if got != expected:
                words = got.split()
                sys.exit(f"round {number}: {rules}\n  {value}\n  expected {outcome} {out}, "
                         f"{expected.split()[2:]}\n  got {words[0]} "
                         f"{bytes.fromhex(words[1].strip('-'))}, {words[2:]}")
    # A generator that makes only one kind of thing would find nothing.
    for outcome in ("unchanged", "masked", "unmaskable"):
        if seen.get(outcome, 0) < options.rounds:
            sys.exit(f"too few values came out {outcome}: {seen}")
    print(f"{options.rounds} plans of {len(DETECTORS)} detectors and any paths: {seen}")


if __name__ == "__main__":
    main()
