#!/usr/bin/env python3
"""Compares the codec with Kafka's own message definitions.

    jar_oracle_test.py WALK_DUMP [--seed N] [--rounds N] [JAR...]

For every (API, version) that the codec understands: random messages made from the JSON definitions
in the kafka-clients jars are walked whole and in pieces; what the walker hands out must be what was
written, at its place, under a slot that means that field. Damaged messages must give their error.
Without JARs, those of the cache directory are read (SLUICE_CACHE, /var/cache/sluice). Exits with 77
where there is none.
"""

import argparse
import glob
import os
import random
import re
import struct
import subprocess
import sys

import message_json
from message_json import Writer, uvarint

NO_JAR = 77

# Which fields a slot stands for: their names, or for arrays the names of the arrays.
MEANINGS = {
    "acks": {"Acks"},
    "allow_auto_topic_creation": {"AllowAutoTopicCreation"},
    "api_key": {"ApiKey"},
    "api_keys": {"ApiKeys"},
    "base_offset": {"BaseOffset"},
    "brokers": {"Brokers"},
    "client_software_name": {"ClientSoftwareName"},
    "client_software_version": {"ClientSoftwareVersion"},
    "cluster_id": {"ClusterId"},
    "committed": {"Committed"},
    "committed_offset": {"CommittedOffset"},
    "config_name": {"Configs.Name"},
    "config_operation": {"Configs.ConfigOperation"},
    "configs": {"Configs"},
    "config_value": {"Configs.Value"},
    "coordinator_key": {"Key", "CoordinatorKeys"},
    "coordinators": {"CoordinatorKeys", "Coordinators"},
    "cursor_topic": {"Cursor.TopicName", "NextCursor.TopicName"},
    "fetch_offset": {"FetchOffset"},
    "forgotten_partitions": {"ForgottenTopicsData.Partitions"},
    "forgotten_topics": {"ForgottenTopicsData"},
    "generation_id": {"GenerationId", "GenerationIdOrMemberEpoch"},
    "group_id": {"GroupId"},
    "group": {"GroupId", "Groups", "GroupsNames", "GroupIds"},
    "groups": {"Groups", "GroupsNames", "GroupIds", "DescribedGroups", "Results"},
    "high_watermark": {"HighWatermark"},
    "host": {"Host"},
    "isolation_level": {"IsolationLevel"},
    "key_type": {"KeyType"},
    "leader_epoch": {"LeaderEpoch"},
    "leader_id": {"LeaderId"},
    "log_start_offset": {"LogStartOffset"},
    "max_bytes": {"MaxBytes"},
    "max_version": {"MaxVersion"},
    "max_wait_ms": {"MaxWaitMs"},
    "mechanisms": {"Mechanisms"},
    "member_id": {"MemberId"},
    "members": {"Members"},
    "min_version": {"MinVersion"},
    "node_endpoints": {"NodeEndpoints"},
    "node_id": {"NodeId", "BrokerId"},
    "offset": {"Offset"},
    "partition": {"Index", "Partition", "PartitionIndex", "Partitions", "PartitionIndexes"},
    "partition_count": {"NumPartitions", "Count"},
    "partition_max_bytes": {"PartitionMaxBytes"},
    "partitions": {"PartitionData", "PartitionResponses", "Partitions", "PartitionIndexes",
                   "ResultsByPartition"},
    "port": {"Port"},
    "records": {"Records"},
    "replica_id": {"ReplicaId"},
    "replication_factor": {"ReplicationFactor"},
    "resource_name": {"ResourceName"},
    "resource_type": {"ResourceType"},
    "resources": {"Resources", "Results", "Responses"},
    "sasl_mechanism": {"Mechanism", "Mechanisms"},
    "session_epoch": {"SessionEpoch"},
    "session_id": {"SessionId"},
    "session_lifetime_ms": {"SessionLifetimeMs"},
    "throttle_time_ms": {"ThrottleTimeMs"},
    "timeout_ms": {"TimeoutMs", "timeoutMs"},
    "timestamp": {"Timestamp"},
    "topic_id": {"TopicId"},
    "topic_name": {"Name", "Topic", "TopicName", "TopicNames"},
    "topics": {"Topics", "TopicData", "TopicNames", "Responses", "Results", "V3AndBelowTopics",
               "ResultsByTopicV3AndBelow"},
    "transactional_id": {"TransactionalId", "V3AndBelowTransactionalId"},
    "error_code": {"ErrorCode", "PartitionErrorCode"},
    "top_error_code": {"ErrorCode"},
}
# What the entity type of the JSON says a slot's field must be.
ENTITIES = {"topic_name": "topicName", "cursor_topic": "topicName", "group_id": "groupId",
            "group": "groupId", "transactional_id": "transactionalId"}
# Fields that decisions hang on: whatever has this entity type must come out under such a slot.
DEMANDED = {"topicName": {"topic_name", "cursor_topic"}, "groupId": {"group_id", "group"},
            "transactionalId": {"transactional_id"}}

# Messages whose fields need not come out, and why.
UNSEEN = {
    "ConsumerGroupDescribeResponse": "tells what a group reads; nothing is decided on it yet",
}
# Versions of 4.x that the codec does not understand, on purpose: API -> (highest, why).
CAPPED = {
    "AddPartitionsToTxn": (3, "from version 4 on only brokers send it"),
}

FAULT_ERRORS = {"null": "negative_length", "huge": "count_too_large", "negative": "negative_length",
                "loose_tag": "bad_tags", "tag_order": "bad_tags"}


class Codec:
    """The codec, behind tests/unit/kafka/walk_dump.cc."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != ".\n":
            if not line:
                raise RuntimeError(f"walk_dump ended with {self.process.wait()} at: {words}")
            lines.append(line.split())
        return lines


def means(slot, part):
    path = ".".join(part.path)
    names = MEANINGS[slot]
    if not any(path == name or path.endswith("." + name) for name in names):
        return False
    entity = part.field.get("entityType")
    # The definitions mark only some fields; where one is marked it must be the right one.
    return entity is None or ENTITIES.get(slot, entity) == entity


def shown(part):
    if part.value is None:
        return "-1" if part.kind == "array" else "0" if part.kind == "array_end" else "null"
    return part.value.hex() or "-" if isinstance(part.value, bytes) else str(part.value)


class Match:
    """Finds what the walker handed out among what was written, in order."""

    def __init__(self, parts):
        self.parts, self.at = parts, 0
        self.arrays = []       # offsets of the arrays that we are inside of, innermost last

    def take(self, item):
        """The part that `item` (a line of walk_dump) is, or None."""
        kind, slot, offset, length, value = item
        for index in range(self.at, len(self.parts)):
            part = self.parts[index]
            if part.kind != kind or part.offset != int(offset) or shown(part) != value:
                continue
            if part.array >= 0 and self.arrays[-1:] != [part.array]:
                continue
            if kind in ("number", "text", "uuid", "array") and part.length != int(length):
                continue
            if kind == "array":
                self.arrays.append(part.offset)
            if kind == "array_end":
                self.arrays.pop()
            self.at = index + 1
            return part
        return None


class Oracle:
    def __init__(self, codec, seed):
        self.codec, self.random = codec, random.Random(seed)
        self.failures, self.messages, self.faults = [], 0, 0
        self.slots = set()

    def fail(self, what):
        self.failures.append(what)
        print(f"FAIL {what}", flush=True)

    # -- frames

    def header_tags(self):
        if self.random.random() < 0.7:
            return b"\0"
        data = self.random.randbytes(self.random.choice((0, 3, 130)))
        return uvarint(1) + uvarint(self.random.choice((0, 5, 300))) + uvarint(len(data)) + data

    def header(self, message, version, flexible):
        correlation = self.random.getrandbits(31)
        if message.kind == "request":
            client = self.random.choice((None, b"", b"kcat", b"x" * 300))
            out = struct.pack(">hhih", message.key, version, correlation,
                              -1 if client is None else len(client)) + (client or b"")
            out += self.header_tags() if flexible else b""
            said = "null" if client is None else client.hex() or "-"
            return out, ["header", message.key, version, correlation, said, len(out)]
        out = struct.pack(">i", correlation)
        # KIP-511: a client reads the ApiVersions response before it knows the broker.
        out += self.header_tags() if flexible and message.key != 18 else b""
        return out, ["header", len(out)]

    def walk(self, message, version, frame, chunk):
        command = "req" if message.kind == "request" else "resp"
        return self.codec.ask(command, message.key, version, chunk, frame.hex())

    # -- one message

    def check(self, message, version):
        state = self.random.getstate()
        writer = Writer(message, version, self.random)
        where = f"{message.name} v{version}"
        header, expected = self.header(message, version, writer.flexible)
        frame = header + writer.wire
        whole = self.walk(message, version, frame, 0)
        pieces = self.walk(message, version, frame, self.random.choice((1, 2, 3, 7, 64)))
        self.messages += 1
        before = len(self.failures)
        if whole[:1] != [[str(word) for word in expected]]:
            self.fail(f"{where}: header {expected} read as {whole[:1]}")
        if whole != pieces:
            self.fail(f"{where}: in pieces it reads differently")
        self.compare(where, writer.parts, whole[1:])
        self.damage(where, message, version, header, writer, state)
        if len(self.failures) > before:
            print(f"  frame {frame.hex()}", flush=True)

    def compare(self, where, parts, items):
        if items[-1:] != [["done"]]:
            self.fail(f"{where}: ends with {items[-1:]}, not done")
        match, seen = Match(parts), {}
        for item in items:
            if item[0] in ("done", "error", "stuck"):
                continue
            slot = item[1]
            self.slots.add(slot)
            part = match.take(item)
            if part is None:
                self.fail(f"{where}: nothing like {' '.join(item)} was written")
                return
            if slot not in MEANINGS:
                self.fail(f"{where}: no meaning is known for slot {slot}")
            elif not means(slot, part):
                self.fail(f"{where}: {'.'.join(part.path)} came out as {slot}")
            seen[id(part)] = slot
        for part in parts:
            self.demand(where, part, seen.get(id(part)))

    def demand(self, where, part, slot):
        name = ".".join(part.path)
        if where.split(" ")[0] in UNSEEN or part.kind in ("element", "array", "array_end"):
            return
        entity = part.field.get("entityType")
        if entity in DEMANDED and slot not in DEMANDED[entity]:
            self.fail(f"{where}: {name} is a {entity} and came out as {slot}")
        if part.kind == "uuid" and part.path[-1] == "TopicId" and slot != "topic_id":
            self.fail(f"{where}: {name} came out as {slot}")
        if part.kind == "records" and slot != "records":
            self.fail(f"{where}: {name} came out as {slot}")

    # -- damage

    def damage(self, where, message, version, header, writer, state):
        if writer.wire:
            self.expect_error(f"{where} cut short", message, version,
                              header + writer.wire[:-1], None)
        self.expect_error(f"{where} with a byte too many", message, version,
                          header + writer.wire + b"\0", "trailing_bytes")
        for kind, count in writer.opportunities.items():
            chosen = self.random.randrange(count)
            kept = self.random.getstate()
            self.random.setstate(state)
            bad = Writer(message, version, self.random, (kind, chosen))
            self.random.setstate(kept)
            self.expect_error(f"{where} with fault {kind} {chosen}", message, version,
                              header + bad.wire, FAULT_ERRORS[kind])

    def expect_error(self, where, message, version, frame, error):
        self.faults += 1
        chunk = self.random.choice((0, 1, 5))
        last = self.walk(message, version, frame, chunk)[-1]
        if last[0] != "error" or (error is not None and last[1] != error):
            self.fail(f"{where}: ends with {last}, not with error {error}\n  frame {frame.hex()}")


def find_jars():
    cache = os.environ.get("SLUICE_CACHE", "/var/cache/sluice")
    return glob.glob(f"{cache}/kafka-*/libs/kafka-clients-*.jar")


def release(path):
    return [int(n) for n in re.findall(r"\d+", os.path.basename(path))]


def definitions(jars):
    """{(key, kind): {version: Message}}, each version by the newest release that has it."""
    found = {}
    for jar in sorted(jars, key=release):
        for at, message in message_json.read_jar(jar).items():
            for version in message.versions():
                found.setdefault(at, {})[version] = message
    return found


def check_versions(oracle, understood, found):
    """Understood is what the newest release speaks, and what only older ones did."""
    for key, (low, high, name) in understood.items():
        messages = found.get((key, "request"), {})
        if not messages:
            oracle.fail(f"{name}: not in the jars")
            continue
        newest = messages[max(messages)]
        top = max(messages) - (1 if newest.unstable else 0)
        top = min(top, CAPPED.get(name, (top, ""))[0])
        if newest.name != name + "Request":
            oracle.fail(f"API {key} is {newest.name} in Kafka, {name} here")
        if low != min(messages) or high < top:
            oracle.fail(f"{name}: versions {low}-{high}, Kafka has {min(messages)}-{top}")
        if high > top:
            print(f"note: {name} {top + 1}-{high} is newer than the newest jar: not compared")


def check_names(oracle, found):
    names = {int(key): name for _, key, name in oracle.codec.ask("names")}
    for (key, kind), messages in found.items():
        name = messages[max(messages)].name.removesuffix("Request") if messages else None
        if kind == "request" and name and names.get(key) != name:
            oracle.fail(f"API {key} is {name} in Kafka, {names.get(key)} here")


def prepare(about):
    """What both oracles start with: options, definitions (empty where no jar is found), codec."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("walk_dump")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("jars", nargs="*")
    options = parser.parse_intermixed_args()
    jars = options.jars or find_jars()
    if not jars:
        print("no kafka-clients jar: scripts/install-deps brings some")
    return options, definitions(jars), Codec(options.walk_dump)


def understood_apis(codec):
    return {int(key): (int(low), int(high), name) for _, key, low, high, name in codec.ask("apis")}


def main():
    options, found, codec = prepare(__doc__)
    if not found:
        return NO_JAR
    oracle = Oracle(codec, options.seed)
    understood = understood_apis(codec)
    check_versions(oracle, understood, found)
    check_names(oracle, found)
    for key, (low, high, _) in understood.items():
        for kind in ("request", "response"):
            messages = found.get((key, kind), {})
            for version in range(low, high + 1):
                for _ in range(options.rounds if version in messages else 0):
                    oracle.check(messages[version], version)
    print(f"{len(understood)} APIs, {oracle.messages} messages, {oracle.faults} damaged ones, "
          f"{len(oracle.slots)} slots, seed {options.seed}: {len(oracle.failures)} failures")
    return 1 if oracle.failures else 0


if __name__ == "__main__":
    sys.exit(main())
