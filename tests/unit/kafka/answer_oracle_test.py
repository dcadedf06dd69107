#!/usr/bin/env python3
"""Reads what the codec writes, by Kafka's own message definitions.

    answer_oracle_test.py WALK_DUMP [--seed N] [--rounds N] [JAR...]

Error answers to random requests of every understood version must be whole responses that give the
error for each thing that was asked for, and say nothing else. ApiVersions responses must come out
with our ranges and otherwise as they were. JARs as in jar_oracle_test.py.
"""

import struct
import sys

import jar_oracle_test
from jar_oracle_test import Oracle
from message_json import Writer, contains
from message_reader import Malformed, Reader

TOPIC, GROUP, CLUSTER, POLICY = 29, 30, 31, 44
SESSION_GONE = 70

# API -> [(versions, code, request's path, its keys, response's path, its keys, name of the error)].
# A path names arrays from the message down; keys are fields of the structs on it, or "" for the
# elements of an array of primitives. No path: the code stands in the message itself.
ANSWERS = {
    "Produce": [("0+", TOPIC, "TopicData.PartitionData", "Name TopicId Index",
                 "Responses.PartitionResponses", "Name TopicId Index")],
    "Fetch": [("0+", TOPIC, "Topics.Partitions", "Topic TopicId Partition",
               "Responses.Partitions", "Topic TopicId PartitionIndex"),
              ("7+", SESSION_GONE, "", "", "", "")],
    "ListOffsets": [("0+", TOPIC, "Topics.Partitions", "Name PartitionIndex",
                     "Topics.Partitions", "Name PartitionIndex")],
    "Metadata": [("0+", TOPIC, "Topics", "Name TopicId", "Topics", "Name TopicId")],
    "OffsetCommit": [("0+", code, "Topics.Partitions", "Name TopicId PartitionIndex",
                      "Topics.Partitions", "Name TopicId PartitionIndex")
                     for code in (TOPIC, GROUP)],
    "OffsetFetch": [("0-1", GROUP, "Topics.PartitionIndexes", "Name ",
                     "Topics.Partitions", "Name PartitionIndex"),
                    ("2-7", GROUP, "", "", "", ""),
                    ("8+", GROUP, "Groups", "GroupId", "Groups", "GroupId")],
    "FindCoordinator": [("0-3", GROUP, "", "", "", ""),
                        ("4+", GROUP, "CoordinatorKeys", "", "Coordinators", "Key")],
    "DescribeGroups": [("0+", GROUP, "Groups", "", "Groups", "GroupId")],
    "DeleteGroups": [("0+", GROUP, "GroupsNames", "", "Results", "GroupId")],
    "ConsumerGroupDescribe": [("0+", GROUP, "GroupIds", "", "Groups", "GroupId")],
    "CreateTopics": [("0+", POLICY, "Topics", "Name", "Topics", "Name")],
    "DeleteTopics": [("0-5", TOPIC, "TopicNames", "", "Responses", "Name"),
                     ("6+", TOPIC, "Topics", "Name TopicId", "Responses", "Name TopicId")],
    "DeleteRecords": [("0+", TOPIC, "Topics.Partitions", "Name PartitionIndex",
                       "Topics.Partitions", "Name PartitionIndex")],
    "OffsetForLeaderEpoch": [("0+", TOPIC, "Topics.Partitions", "Topic Partition",
                              "Topics.Partitions", "Topic Partition")],
    "DescribeConfigs": [("0+", TOPIC, "Resources", "ResourceType ResourceName",
                         "Results", "ResourceType ResourceName")],
    "AlterConfigs": [("0+", TOPIC, "Resources", "ResourceType ResourceName",
                      "Responses", "ResourceType ResourceName")],
    "IncrementalAlterConfigs": [("0+", POLICY, "Resources", "ResourceType ResourceName",
                                 "Responses", "ResourceType ResourceName")],
    "CreatePartitions": [("0+", TOPIC, "Topics", "Name", "Results", "Name")],
    "AddPartitionsToTxn": [("0-3", TOPIC, "V3AndBelowTopics.Partitions", "Name ",
                            "ResultsByTopicV3AndBelow.ResultsByPartition",
                            "Name PartitionIndex")],
    "TxnOffsetCommit": [("0+", TOPIC, "Topics.Partitions", "Name TopicId PartitionIndex",
                         "Topics.Partitions", "Name TopicId PartitionIndex")],
    "OffsetDelete": [("0+", GROUP, "", "", "", "")],
    "DescribeTopicPartitions": [("0+", TOPIC, "Topics", "Name", "Topics", "Name")],
    "JoinGroup": [("0+", GROUP, "", "", "", "")],
    "SyncGroup": [("0+", GROUP, "", "", "", "")],
    "Heartbeat": [("0+", GROUP, "", "", "", "")],
    "LeaveGroup": [("0+", GROUP, "", "", "", "")],
    "ListGroups": [("0+", GROUP, "", "", "", "")],
    "InitProducerId": [("0+", CLUSTER, "", "", "", "")],
    "AddOffsetsToTxn": [("0+", GROUP, "", "", "", "")],
    "EndTxn": [("0+", CLUSTER, "", "", "", "")],
    "SaslHandshake": [("0+", 33, "", "", "", "")],
    "SaslAuthenticate": [("0+", 58, "", "", "", "")],
    "DescribeCluster": [("0+", CLUSTER, "", "", "", "")],
    "ListPartitionReassignments": [("0+", CLUSTER, "", "", "", "")],
}
# Rewritten, never refused.
UNANSWERED = {"ApiVersions"}


def is_error(name):
    return name.endswith("ErrorCode") and not name.startswith("TopicConfig")


def leaves(value, path, keys, code=None, found=()):
    """The keys of each element at the end of `path`; with `code`, only of those with this error."""
    keys = keys.split(" ")
    # A null that the response has no form for is told as the empty string.
    found += tuple(b"" if value[key] is None else value[key]
                   for key in keys if key in value)
    if not path:
        if code is None or code in [number for name, number in value.items() if is_error(name)]:
            yield found
        return
    for element in value[path[0]] or []:
        if isinstance(element, dict):
            yield from leaves(element, path[1:], " ".join(keys), code, found)
        else:
            yield found + (element,)


def errors(value):
    """Every error code in a decoded message."""
    if isinstance(value, list):
        return [code for element in value for code in errors(element)]
    if not isinstance(value, dict):
        return []
    return [number for name, number in value.items() if is_error(name)] + [
        code for inner in value.values() for code in errors(inner)]


class AnswerOracle(Oracle):
    def __init__(self, codec, seed, found, understood):
        super().__init__(codec, seed)
        self.found, self.understood = found, understood

    def frame(self, message, version, reply):
        """The decoded body of a response frame in walk_dump's reply, and its correlation id."""
        if reply[0][0] != "frame":
            raise Malformed(f"no frame but {reply}")
        frame = bytes.fromhex(reply[0][1])
        flexible = contains(message.flexible, version) and message.key != 18
        if flexible and frame[4:5] != b"\0":
            raise Malformed("header without its tag section")
        body = Reader(message, version, frame[5 if flexible else 4:]).read()
        return struct.unpack(">i", frame[:4])[0], body

    def answer(self, key, version, case):
        request_definition = self.found[key, "request"][version]
        response_definition = self.found[key, "response"][version]
        _, code, asked_path, asked_keys, told_path, told_keys = case
        writer = Writer(request_definition, version, self.random)
        header, said = self.header(request_definition, version, writer.flexible)
        where = f"{request_definition.name} v{version} refused with {code}"
        self.messages += 1
        try:
            reply = self.codec.ask("answer", key, version, code, (header + writer.wire).hex())
            correlation, answer = self.frame(response_definition, version, reply)
        except Malformed as error:
            return self.fail(f"{where}: {error}\n  request {(header + writer.wire).hex()}")
        if correlation != said[3]:
            self.fail(f"{where}: correlation {correlation}, not {said[3]}")
        request = Reader(request_definition, version, writer.wire).read()
        asked = list(leaves(request, [p for p in asked_path.split(".") if p], asked_keys))
        told = list(leaves(answer, [p for p in told_path.split(".") if p], told_keys, code))
        if asked_path and asked != told:
            self.fail(f"{where}: asked {asked}, told {told}\n  answer {answer}")
        if not asked_path and len(told) != 1:
            self.fail(f"{where}: the code is not at the top\n  answer {answer}")
        if set(errors(answer)) - {0, code}:
            self.fail(f"{where}: other errors {errors(answer)}")
        if answer.get("ThrottleTimeMs", 0) != 0 or answer.get("SessionId", 0) != 0:
            self.fail(f"{where}: throttles or names a session: {answer}")

    def check_answers(self, rounds):
        for key, (low, high, name) in self.understood.items():
            if name not in ANSWERS and name not in UNANSWERED:
                self.fail(f"{name}: how it is refused is not in ANSWERS")
            for version in range(low, high + 1):
                cases = [case for case in ANSWERS.get(name, []) if contains(case[0], version)]
                if version not in self.found.get((key, "request"), {}):
                    continue
                if not cases and name not in UNANSWERED:
                    self.fail(f"{name} v{version}: how it is refused is not in ANSWERS")
                for case in cases:
                    for _ in range(rounds):
                        self.answer(key, version, case)

    # -- ApiVersions

    def check_api_versions(self, rounds):
        for version, message in self.found[18, "response"].items():
            if version > self.understood[18][1]:
                continue
            for _ in range(rounds):
                self.clamp(message, version)

    def clamp(self, message, version):
        writer = ApiVersionsWriter(message, version, self.random)
        frame = struct.pack(">i", 77) + writer.wire
        where = f"ApiVersionsResponse v{version} clamped"
        self.messages += 1
        before = Reader(message, version, writer.wire).read()
        try:
            reply = self.codec.ask("clamp", version, frame.hex())
            correlation, after = self.frame(message, version, reply)
        except Malformed as error:
            return self.fail(f"{where}: {error}\n  frame {frame.hex()}")
        expected, lowered, hidden = [], 0, 0
        for entry in before["ApiKeys"]:
            low, high, _ = self.understood.get(entry["ApiKey"], (1, 0, ""))
            if low > high or entry["MinVersion"] > high or entry["MaxVersion"] < low:
                hidden += 1
                continue
            lowered += entry["MaxVersion"] > high
            expected.append(entry | {"MinVersion": max(entry["MinVersion"], low),
                                     "MaxVersion": min(entry["MaxVersion"], high)})
        if after != before | {"ApiKeys": expected} or correlation != 77:
            self.fail(f"{where}: {before}\n  became {after}")
        if reply[0][2:] != [str(lowered), str(hidden)]:
            self.fail(f"{where}: counts {reply[0][2:]}, not {lowered} {hidden}")


class ApiVersionsWriter(Writer):
    """Keys and versions near those that exist, and no error: an error would change the form."""

    def primitive(self, field, kind, path, null):
        near = {"ErrorCode": (0, 1), "ApiKey": (0, 100), "MinVersion": (0, 6),
                "MaxVersion": (0, 25)}
        if field["name"] in near:
            value = self.random.randrange(*near[field["name"]])
            self.wire += struct.pack(">h", value)
        else:
            super().primitive(field, kind, path, null)


def main():
    options, found, codec = jar_oracle_test.prepare(__doc__)
    if not found:
        return jar_oracle_test.NO_JAR
    understood = jar_oracle_test.understood_apis(codec)
    oracle = AnswerOracle(codec, options.seed, found, understood)
    oracle.check_answers(options.rounds)
    oracle.check_api_versions(20 * options.rounds)
    print(f"{oracle.messages} answers, seed {options.seed}: {len(oracle.failures)} failures")
    return 1 if oracle.failures else 0


if __name__ == "__main__":
    sys.exit(main())
