#!/usr/bin/env python3
"""`sluice audit who`, asked for 1,000 random offsets, agrees with what the test's own clients saw.

Clients of three addresses write and read two topics through three brokers: some all of it, some
from a batch boundary on, some one partition, some nothing. Every client prints what it wrote or
read. Then the log is asked: for each offset the writers and readers must be exactly those clients.
(Boundaries of batches, because a broker serves whole batches: a reader that starts inside one was
sent its beginning too, and the log says so.)
"""

import collections
import json
import os
import random
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUESTIONS = 1000
FLUSHED = 50  # records between two flushes: each multiple of it begins a batch
PER_PARTITION = 600
PARTITIONS = 3
TOPICS = ["orders", "payments"]
seen = {"write": collections.defaultdict(set), "read": collections.defaultdict(set)}


def client(number, *command):
    """Runs a client program at 10.91.1.(number + 1) and returns the places it printed."""
    namespace = os.environ["SLUICE_CLIENT_NETNS"].split()[number - 1].strip(",")
    done = subprocess.run(
        ["nsenter", "--net=/run/netns/" + namespace, *command],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    return [(line["partition"], line["offset"]) for line in lines if "offset" in line]


def did(what, number, topic, places, wanted):
    assert len(places) >= wanted, (what, number, topic, len(places), wanted)
    for partition, offset in places:
        seen[what][topic, partition, offset].add(f"10.91.1.{number + 1}")


def write(number, topic, partition, codec):
    places = client(
        number,
        "franz",
        "produce",
        "-topic",
        topic,
        "-partition",
        str(partition),
        "-count",
        str(PER_PARTITION),
        "-batch",
        str(FLUSHED),
        "-codec",
        codec,
        "-acks",
        "all",
    )
    did("write", number, topic, places, PER_PARTITION)


def read(number, topic, partition=None, start=0):
    where = [] if partition is None else ["-partition", str(partition), "-offset", str(start)]
    count = (PER_PARTITION - start) * (PARTITIONS if partition is None else 1)
    did(
        "read",
        number,
        topic,
        client(number, "franz", "consume", "-topic", topic, "-count", str(count), *where),
        count,
    )


def work():
    for topic in TOPICS:
        subprocess.run(
            ["kt", "topics", "--create", "--topic", topic, "--partitions", str(PARTITIONS)],
            check=True,
            capture_output=True,
        )
    codecs = ["none", "gzip", "snappy", "lz4", "zstd", "none"]
    for number, topic in enumerate(TOPICS):
        for partition in range(PARTITIONS):
            write(
                1 + (number + partition) % 2,
                topic,
                partition,
                codecs[number * PARTITIONS + partition],
            )
    read(2, "orders")
    read(3, "orders", 0, 7 * FLUSHED)
    read(3, "payments", 1, 11 * FLUSHED)
    read(1, "payments", 2)
    read(3, "orders", 0, 9 * FLUSHED)


def ask():
    """Random questions, and the log's answers to them."""
    questions = [
        (
            random.choice(TOPICS),
            random.randrange(PARTITIONS),
            random.randrange(PER_PARTITION),
            random.choice(["read", "write"]),
        )
        for _ in range(QUESTIONS)
    ]
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], "questions")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(" ".join(map(str, question)) + "\n" for question in questions)
    told = subprocess.run(
        ["sluice", "audit", "who", "--dir", os.environ["SLUICE_AUDIT_DIR"], "--batch", path],
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    answers = [json.loads(line) for line in told.stdout.split("\n") if line]
    assert len(answers) == QUESTIONS
    return zip(questions, answers)


def inside():
    random.seed(42)
    work()
    nobody = possible = 0
    for (topic, partition, offset, what), answer in ask():
        possible += sum(entry["possible"] for entry in answer)
        named = {entry["client"].split(":")[0] for entry in answer if not entry["possible"]}
        wanted = seen[what][topic, partition, offset]
        nobody += not wanted
        place = f"{what} of {topic}-{partition} at {offset}"
        assert named == wanted, f"{place}: the log names {named}, the clients say {wanted}"
    assert possible == 0 and 0 < nobody < QUESTIONS / 2, (possible, nobody)
    print(f"{QUESTIONS} questions, all answered as the clients saw it; {nobody} of them: nobody")
    one = subprocess.run(
        [
            "sluice",
            "audit",
            "who",
            "--dir",
            os.environ["SLUICE_AUDIT_DIR"],
            "--topic",
            "orders",
            "--partition",
            "0",
            "--offset",
            "599",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    print(one)


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        inside()
    else:
        sys.exit(
            subprocess.run(
                [
                    os.path.join(ROOT, "scripts", "lab"),
                    "run",
                    "--brokers",
                    "3",
                    "--clients",
                    "3",
                    "--",
                    sys.executable,
                    "-B",
                    os.path.abspath(__file__),
                    "--inside",
                ]
            ).returncode
        )
