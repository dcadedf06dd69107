#!/usr/bin/env python3
"""The customer records of scripts/demo: makes them, and compares what two readers got of them.

    customers.py make                             300 records of 60 people, one JSON object a line
    customers.py check WRITTEN CLEAR MASKED       the same records, and nothing personal?
    customers.py beside CLEAR MASKED OFFSET       one record, as the two of them got it

CLEAR and MASKED are what kafka-console-consumer printed with `print.offset`.
"""

import json
import re
import sys

RECORDS, PEOPLE = 300, 60
GIVEN = (
    "Ada Blaise Clara Dennis Edsger Frances Grace Hedy Ivan Joan Karen Leslie Mary Niklaus " "Olga"
).split()
FAMILY = ("Abel", "Banach", "Cantor", "Dirac")
COUNTRIES = ("AT", "BE", "CH", "DE", "ES", "FR", "IT")
PSEUDONYM = re.compile(r"m:pii:[0-9a-f]{32}")


class Differs(Exception):
    """A sentence about what is not as it should be."""


def expect(holds, otherwise):
    if not holds:
        raise Differs(otherwise)


def card(number):
    """A number of a card that nobody has, with the check digit that makes it look like one."""
    digits = f"400000{number:09d}"
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return digits + str(-total % 10)


def customer(number):
    person = number % PEOPLE
    given, family = GIVEN[person % len(GIVEN)], FAMILY[person // len(GIVEN)]
    return {
        "id": number,
        "name": f"{given} {family}",
        "email": f"{given}.{family}@example.org".lower(),
        "card": {"number": card(person * 7919)},
        "country": COUNTRIES[person % len(COUNTRIES)],
        "note": f"moved; new address is {given.lower()}{person}@home.example.org",
    }


def make():
    for number in range(RECORDS):
        print(json.dumps(customer(number), separators=(",", ":")))


def received(path):
    """[(offset, line)] in the order of offsets."""
    with open(path, encoding="utf-8") as file:
        pairs = [line.rstrip("\n").split("\t", 1) for line in file]
    return sorted((int(offset.removeprefix("Offset:")), line) for offset, line in pairs)


def masked_of(clear, email):
    """What policies/customers.yaml makes of a record; `email` is the pseudonym it got."""
    number = clear["card"]["number"]
    return {
        **clear,
        "name": "***",
        "email": email,
        "card": {"number": "*" * (len(number) - 4) + number[-4:]},
        "note": re.sub(r"\S+@\S+", "***", clear["note"]),
    }


def check(written_path, clear_path, masked_path):
    with open(written_path, encoding="utf-8") as file:
        written = file.read().splitlines()
    clear, masked = received(clear_path), received(masked_path)
    expect(clear == list(enumerate(written)), "the first reader did not get what was written")
    expect(len(masked) == len(written), f"{len(masked)} records, not {len(written)}")
    pseudonyms = {}
    for (offset, line), (masked_offset, masked_line) in zip(clear, masked):
        expect(offset == masked_offset, f"offset {masked_offset} where {offset} should be")
        record, got = json.loads(line), json.loads(masked_line)
        expect(got == masked_of(record, got["email"]), f"offset {offset}: {masked_line}")
        expect(PSEUDONYM.fullmatch(got["email"]), f"offset {offset}: {masked_line}")
        known = pseudonyms.setdefault(record["email"], got["email"])
        expect(known == got["email"], f"offset {offset}: {record['email']} has two pseudonyms")
        for secret in (record["name"], record["email"], record["card"]["number"], "home.example"):
            expect(secret not in masked_line, f"offset {offset}: {secret} is in {masked_line}")
    expect(
        len(pseudonyms) == len(set(pseudonyms.values())) == PEOPLE,
        f"{len(set(pseudonyms.values()))} pseudonyms for {PEOPLE} people",
    )


def beside(clear_path, masked_path, wanted):
    rows = [(f"offset {wanted}", "alice reads", "bob reads")]
    both = [dict(received(path))[int(wanted)] for path in (clear_path, masked_path)]
    clear, masked = (json.loads(line) for line in both)
    for name, value in clear.items():
        pair = (value, masked[name])
        if isinstance(value, dict):
            ((inner, _),) = value.items()
            name, pair = f"{name}.{inner}", tuple(part[inner] for part in pair)
        rows.append((name, *map(str, pair)))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, left, right in rows:
        print(f"{name:{widths[0]}}   {left:{widths[1]}}   {right}")


if __name__ == "__main__":
    try:
        {"make": make, "check": check, "beside": beside}[sys.argv[1]](*sys.argv[2:])
    except Differs as error:
        sys.exit(f"customers: {error}")
