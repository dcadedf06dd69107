#!/usr/bin/env python3
"""Unmodified clients do through Sluice what they do without it.

Kafka's console tools 4.3 and 3.9, kcat (librdkafka), kafka-python and a franz-go program each
create a topic, list it, describe it, write to it, read it back with a group, and have the group's
offsets reset and read again. Against brokers 4.3 (three nodes, replication factor 3) and 3.9 (one
node: what matters there is the protocol's age).
"""

import json
import os
import subprocess
import sys
import time

from lab_tools import ended

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECORDS = 200
DEBIAN_PYTHON = "/usr/bin/python3"  # where Debian's python3-kafka is


def run(*command, **how):
    return ended(*command, seconds=120, **how).stdout


def until(holds):
    """The brokers learn of a new topic one after the other."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def lines(prefix):
    return [f"{prefix}-{number}" for number in range(RECORDS)]


def same(seen, wanted):
    seen = sorted(line for line in seen if line)
    assert seen == sorted(wanted), f"{len(seen)} records of {len(wanted)}: {seen[:3]} ..."


class Console:
    """The console tools of one Kafka version."""

    def __init__(self, version):
        self.version, self.name = version, f"console tools {version}"

    def kt(self, *arguments, given=None):
        return run("kt", *arguments, given=given, environment={"KT_VERSION": self.version})

    def work(self, topic, group, replicas):
        self.kt(
            "topics",
            "--create",
            "--topic",
            topic,
            "--partitions",
            "3",
            "--replication-factor",
            replicas,
        )
        until(lambda: topic in self.kt("topics", "--list").split())
        assert f"ReplicationFactor: {replicas}" in self.kt("topics", "--describe", "--topic", topic)
        self.kt("configs", "--describe", "--topic", topic)
        self.kt(
            "producer",
            "--topic",
            topic,
            "--request-timeout-ms",
            "30000",
            given="\n".join(lines("c")) + "\n",
        )
        same(self.read(topic, group), lines("c"))
        assert group in self.kt("groups", "--list").split()
        self.kt(
            "groups",
            "--group",
            group,
            "--topic",
            topic,
            "--reset-offsets",
            "--to-earliest",
            "--execute",
        )
        same(self.read(topic, group), lines("c"))
        described = self.kt("groups", "--describe", "--group", group)
        assert topic in described, described
        assert (
            sum(int(line.split(":")[2]) for line in self.kt("offsets", "--topic", topic).split())
            == RECORDS
        )

    def read(self, topic, group):
        return self.kt(
            "consumer",
            "--topic",
            topic,
            "--group",
            group,
            "--from-beginning",
            "--max-messages",
            str(RECORDS),
            "--timeout-ms",
            "60000",
        ).split("\n")


class Kcat:
    name = "kcat"

    def work(self, topic, group, replicas):
        run(
            "kt",
            "topics",
            "--create",
            "--topic",
            topic,
            "--partitions",
            "3",
            "--replication-factor",
            replicas,
        )
        bootstrap = os.environ["SLUICE_BOOTSTRAP"]
        listing = json.loads(run("kcat", "-L", "-J", "-b", bootstrap))
        assert topic in [entry["topic"] for entry in listing["topics"]]
        run(
            "kcat",
            "-P",
            "-b",
            bootstrap,
            "-t",
            topic,
            "-X",
            "acks=all",
            given="\n".join(lines("k")) + "\n",
        )
        for _ in range(2):
            seen = run(
                "kcat",
                "-b",
                bootstrap,
                "-G",
                group,
                "-X",
                "auto.offset.reset=earliest",
                "-X",
                "session.timeout.ms=10000",
                "-c",
                str(RECORDS),
                "-q",
                topic,
            )
            same(seen.split("\n"), lines("k"))
            run(
                "kt",
                "groups",
                "--group",
                group,
                "--topic",
                topic,
                "--reset-offsets",
                "--to-earliest",
                "--execute",
            )
        same(
            run("kcat", "-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-e", "-q").split(
                "\n"
            ),
            lines("k"),
        )


KAFKA_PYTHON = """
import json, sys, time
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.structs import OffsetAndMetadata
bootstrap, topic, group, replicas, records = json.loads(sys.argv[1])
admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.create_topics([NewTopic(topic, 3, int(replicas))])
def until(holds):   # the brokers learn of a new topic one after the other
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
until(lambda: topic in admin.list_topics())
until(lambda: admin.describe_topics([topic])[0]["error_code"] == 0)
producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="gzip")
sent = [producer.send(topic, record.encode()) for record in records]
producer.flush()
assert all(future.get(30).offset >= 0 for future in sent)
def read():
    consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=group,
    auto_offset_reset="earliest",
                             consumer_timeout_ms=20000, enable_auto_commit=False)
    seen = []
    for message in consumer:
        seen.append(message.value.decode())
        if len(seen) == len(records):
            break
    consumer.commit()
    consumer.close()
    return sorted(seen)
assert read() == sorted(records)
assert group in [name for name, _ in admin.list_consumer_groups()]
back = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
places = [TopicPartition(topic, partition) for partition in range(3)]
back.assign(places)
back.commit({place: OffsetAndMetadata(0, "") for place in places})
assert [back.committed(place) for place in places] == [0, 0, 0]
back.close()
assert read() == sorted(records)
admin.delete_topics([topic])
"""


class KafkaPython:
    name = "kafka-python"

    def work(self, topic, group, replicas):
        told = json.dumps(
            [os.environ["SLUICE_BOOTSTRAP"].split(","), topic, group, replicas, lines("p")]
        )
        run(DEBIAN_PYTHON, "-c", KAFKA_PYTHON, told)


class Franz:
    name = "franz-go"

    def work(self, topic, group, replicas):
        count = ["-count", str(RECORDS)]
        run("franz", "create", "-topic", topic, "-partitions", "3", "-replicas", replicas)
        until(lambda: topic in run("franz", "list"))
        assert topic in run("franz", "describe", "-topic", topic)
        written = self.places(
            run("franz", "produce", "-topic", topic, "-codec", "zstd", "-acks", "all", *count)
        )
        assert len(written) == RECORDS
        assert (
            self.places(run("franz", "consume", "-topic", topic, "-group", group, *count))
            == written
        )
        run("franz", "reset", "-group", group, "-topic", topic, "-offset", "0")
        assert (
            self.places(run("franz", "consume", "-topic", topic, "-group", group, *count))
            == written
        )

    @staticmethod
    def places(text):
        seen = [json.loads(line) for line in text.split("\n") if line]
        return sorted((line["partition"], line["offset"]) for line in seen if "offset" in line)


def inside(version, replicas):
    for number, client in enumerate(
        [Console("4.3.1"), Console("3.9.2"), Kcat(), KafkaPython(), Franz()]
    ):
        client.work(f"topic-{number}", f"group-{number}", replicas)
        print(
            f"broker {version}: {client.name}: created, listed, described, wrote, "
            "read with a group, reset, read again",
            flush=True,
        )
    closed = run(
        "nsenter",
        "--net=/run/netns/" + os.environ["SLUICE_GATEWAY_NETNS"],
        "curl",
        "-sf",
        "http://127.0.0.1:9464/metrics",
    )
    expected = {"client_closed", "broker_closed", "client_reset", "broker_reset", "idle"}
    for line in closed.split("\n"):
        if line.startswith("sluice_closed_total{") and not line.endswith(" 0"):
            assert line.split('"')[1] in expected, f"Sluice ended connections of its own: {line}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3])
    else:
        for kafka, nodes in (("4.3.1", "3"), ("3.9.2", "1")):
            code = subprocess.run(
                [
                    os.path.join(ROOT, "scripts", "lab"),
                    "run",
                    "--kafka",
                    kafka,
                    "--brokers",
                    nodes,
                    "--",
                    sys.executable,
                    "-B",
                    os.path.abspath(__file__),
                    "--inside",
                    kafka,
                    nodes,
                ]
            ).returncode
            if code:
                sys.exit(code)
