"""audit_log.py: reads the audit log without any code of Sluice's: the tests' own witness.

Written from userspace/audit/FORMAT.md and event.proto. Checks the hash tree as it goes, and that
everybody an entry is about is known, and is who their id says.
"""

import hashlib
import os
import sqlite3
import struct

HEADER, BLOCK = 4096, 56
TYPES = {
    1: "gateway_start",
    2: "gateway_stop",
    3: "session_open",
    4: "session_close",
    5: "read_lease",
    6: "write_lease",
    7: "produce",
    8: "fetch",
    9: "empty_fetches",
    10: "request",
    11: "refused",
    12: "capture",
    13: "admin_intent",
    14: "observed",
    15: "approval",
    16: "authenticated",
    17: "authentication_failed",
    18: "policy",
    19: "erased",
    20: "pruned",
    21: "hold",
    22: "gap",
    23: "log_read",
    24: "resumed",
}
OUTCOMES = {0: "unset", 1: "ok", 2: "error", 3: "refused", 4: "unknown"}
SIGNED = {
    6: "partition",
    7: "fetch_offset",
    8: "first_offset",
    9: "last_offset",
    14: "api_key",
    15: "latency_ns",
    23: "api_version",
    24: "correlation_id",
    26: "high_watermark",
    27: "producer_id",
    28: "acks",
    30: "error_code",
    32: "producer_epoch",
    37: "base_sequence",
    40: "generation",
}
PLAIN = {
    1: "type",
    10: "records",
    11: "bytes",
    12: "outcome",
    17: "client_port",
    19: "broker_port",
    21: "codecs",
    22: "read_committed",
    29: "truncated_tail",
    38: "masked_values",
    39: "withheld_records",
}
TEXT = {
    4: "topic",
    20: "cluster",
    25: "resource",
    31: "reason",
    33: "operation",
    34: "rules",
    35: "ticket",
}
IDS = {5: "topic_id", 13: "subject", 36: "actor_subject", 41: "comment_subject"}
SUBJECT = {
    2: "principal",
    3: "human",
    4: "groups",
    5: "evidence",
    7: "client_id",
    8: "comment",
}
DEFAULTS = {
    "topic": "",
    "partition": -1,
    "fetch_offset": -1,
    "first_offset": -1,
    "last_offset": -1,
    "records": 0,
    "bytes": 0,
    "outcome": 0,
    "principal": "",
    "api_key": -1,
    "error_code": 0,
    "reason": "",
    "resource": "",
    "session": 0,
    "client_id": "",
    "truncated_tail": 0,
    "human": "",
    "operation": "",
    "rules": "",
    "ticket": "",
    "actor": "",
    "comment": "",
    "masked_values": 0,
    "withheld_records": 0,
}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def people(directory):
    """Who each id stands for; None: erased. No file of names: nobody is known."""
    path = os.path.join(os.path.dirname(os.path.abspath(directory)), "people.db")
    if not os.path.exists(path):
        return {}
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = {bytes(row[0]): None for row in database.execute("SELECT id FROM erased")}
        for key, body in database.execute("SELECT id, body FROM subject"):
            assert hashlib.sha256(b"\2" + body).digest()[:16] == key, "a subject that is not its id"
            found[key] = subject(body)
        return found
    finally:
        database.close()


def subject(body):
    out, at = {name: "" for name in SUBJECT.values()}, 0
    while at < len(body):
        tag, at = varint(body, at)
        if tag & 7 == 5:
            out["address"] = ".".join(str(byte) for byte in reversed(body[at : at + 4]))
            at += 4
            continue
        size, at = varint(body, at)
        if tag >> 3 in SUBJECT:
            out[SUBJECT[tag >> 3]] = body[at : at + size].decode()
        at += size
    return out


def add_people(event, known):
    for field, names in (
        ("subject", ("principal", "human", "groups", "evidence", "client_id", "address")),
        ("actor_subject", ("human",)),
        ("comment_subject", ("comment",)),
    ):
        if field not in event:
            continue
        assert event[field] in known, f"nobody knows {event[field].hex()}: {event}"
        who = known[event[field]] or {}
        for name in names:
            value = who.get(name, "")
            event["actor" if field == "actor_subject" else name] = value


def event(entry):
    out, at = dict(DEFAULTS), 0
    while at < len(entry):
        tag, at = varint(entry, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(entry, at)
            if number in SIGNED:
                out[SIGNED[number]] = (value >> 1) ^ -(value & 1)
            else:
                out[PLAIN.get(number, number)] = value
        elif kind == 1:
            out[{2: "wall_ns", 3: "session"}.get(number, number)] = struct.unpack_from(
                "<Q", entry, at
            )[0]
            at += 8
        elif kind == 5:
            out[number] = struct.unpack_from("<I", entry, at)[0]
            at += 4
        else:
            assert kind == 2, f"wire type {kind}"
            size, at = varint(entry, at)
            value = entry[at : at + size]
            out[TEXT.get(number, IDS.get(number, number))] = (
                value.decode() if number in TEXT else value
            )
            at += size
    out["type"], out["outcome"] = TYPES[out["type"]], OUTCOMES[out["outcome"]]
    return out


class Tree:
    """The roots of the complete subtrees of all entries so far, largest first: (leaves, hash)."""

    def __init__(self):
        self.subtrees = []

    def add(self, entry):
        self.subtrees.append((1, hashlib.sha256(b"\0" + entry).digest()))
        while len(self.subtrees) > 1 and self.subtrees[-1][0] == self.subtrees[-2][0]:
            size, right = self.subtrees.pop()
            _, left = self.subtrees.pop()
            self.subtrees.append((2 * size, hashlib.sha256(b"\1" + left + right).digest()))

    def root(self):
        digest = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            digest = hashlib.sha256(b"\1" + left + digest).digest()
        return digest

    def stands_in(self, header):
        origin = struct.unpack_from(">H", header, 52)[0]
        stored = b"".join(digest for _, digest in self.subtrees)
        size = struct.unpack_from(">Q", header, 24)[0]
        return size == sum(leaves for leaves, _ in self.subtrees) and header[
            56 + origin :
        ].startswith(stored)


def events(directory):
    """All events, oldest first. A segment ends where the next one says it did, or with its last
    whole block."""
    segments = []
    for name in sorted(file for file in os.listdir(directory) if file.endswith(".seg")):
        with open(os.path.join(directory, name), "rb") as file:
            segments.append((name, file.read()))
    tree, known = Tree(), people(directory)  # after the segments: names come first
    for number, (name, data) in enumerate(segments):
        assert data[:8] == b"SLUICEAL" and tree.stands_in(
            data[:HEADER]
        ), f"{name}: does not follow the segment before"
        end = (
            struct.unpack_from(">Q", segments[number + 1][1], 40)[0]
            if number + 1 < len(segments)
            else len(data)
        )
        at, mark = HEADER, data[12:16]
        while at + BLOCK <= end and data[at : at + 4] == mark:
            size, _, count, _ = struct.unpack_from(">IQII", data, at + 4)
            digest, body = data[at + 24 : at + BLOCK], data[at + BLOCK : at + BLOCK + size]
            if at + BLOCK + size > end:
                break
            where = seen = 0
            while where < size:
                length = struct.unpack_from(">H", body, where)[0]
                entry = body[where + 2 : where + 2 + length]
                where += 2 + length
                seen += 1
                tree.add(entry)
                one = event(entry)
                add_people(one, known)
                yield one
            assert (
                seen == count and tree.root() == digest
            ), f"{name}: the tree does not hold at byte {at}"
            at += BLOCK + size


class Outcomes:
    """Which offsets have an outcome event, by what was done."""

    def __init__(self, directory):
        self.done = {"produce": set(), "fetch": set()}
        self.leases = {"write_lease": set(), "read_lease": set()}
        self.by_client = {}  # the same as `done`, by client id
        self.events = 0
        for entry in events(directory):
            self.events += 1
            if (
                entry["type"] in self.done
                and entry["outcome"] == "ok"
                and entry["first_offset"] >= 0
            ):
                covered = range(entry["first_offset"], entry["last_offset"] + 1)
                places = {(entry["topic"], entry["partition"], offset) for offset in covered}
                self.done[entry["type"]] |= places
                mine = self.by_client.setdefault(
                    entry["client_id"], {"produce": set(), "fetch": set()}
                )
                mine[entry["type"]] |= places
            elif entry["type"] in self.leases:
                self.leases[entry["type"]].add((entry["topic"], entry["partition"]))
