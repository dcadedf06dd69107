#!/usr/bin/env python3
"""Both sides of the gateway carry the same frames, in both directions, but for a closed list of
edits.

10,000 mixed records in five codecs go through three brokers, written and read by the console tools
and kcat. tcpdump records the client side and the broker side; the streams are put together from the
packets, split into frames and compared one by one. What may differ is undone here and counted;
anything else fails:

  api_versions     ApiVersions answers: APIs left out, maxima lowered; everything else byte for byte
  auto_creation    a Metadata request's leave to create the topics it names: true becomes false
  fetch_session    session id and epoch of a Fetch request: (0, 0) becomes (0, -1)
  lookup           a Metadata exchange of the gateway's own, on the broker side only
"""

import collections
import os
import random
import subprocess
import sys
import time

import kafka_frames as kafka
import pcap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
RECORDS = 2000  # a codec
TOPIC = "frames"
counts = collections.Counter()


def record(n):
    size = random.choice([0, 1, 17, 200, 3000, 20000 if n % 50 == 0 else 90])
    return f"k{n % 97}\tv{n}-" + "".join(random.choices("abcdefgh", k=size))


def tcpdump(folder, interface, name):
    path = os.path.join(folder, name + ".pcap")
    process = subprocess.Popen(
        [
            "nsenter",
            "--net=/run/netns/" + os.environ["SLUICE_GATEWAY_NETNS"],
            "tcpdump",
            "-i",
            interface,
            "-w",
            path,
            "-s",
            "0",
            "-B",
            "65536",
            "-U",
            "-Z",
            "root",
            "ip and tcp port 9092",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "listening on" in line:
            return path, process
    sys.exit("tcpdump did not start")


def wait_for_quiet(*paths):
    """Until tcpdump has written all that was on its way: the files have not grown for two
    seconds."""
    sizes, quiet = None, 0
    while quiet < 4:
        time.sleep(0.5)
        now = [os.path.getsize(path) for path in paths]
        quiet = quiet + 1 if now == sizes else 0
        sizes = now


def drive():
    bootstrap = os.environ["SLUICE_BOOTSTRAP"]
    subprocess.run(["kt", "topics", "--create", "--topic", TOPIC, "--partitions", "6"], check=True)
    random.seed(20260101)
    for number, codec in enumerate(CODECS):
        lines = "\n".join(record(n) for n in range(RECORDS)) + "\n"
        if number % 2 == 0:
            tool = [
                "kt",
                "producer",
                "--topic",
                TOPIC,
                "--compression-codec",
                codec,
                "--reader-property",
                "parse.key=true",
                "--command-property",
                "linger.ms=5",
                "--request-timeout-ms",
                "30000",
            ]
        else:
            tool = ["kcat", "-P", "-b", bootstrap, "-t", TOPIC, "-K", "\t", "-z", codec]
        subprocess.run(tool, input=lines, text=True, check=True)
    total = str(RECORDS * len(CODECS))
    one = subprocess.run(
        [
            "kt",
            "consumer",
            "--topic",
            TOPIC,
            "--group",
            "g",
            "--from-beginning",
            "--max-messages",
            total,
            "--timeout-ms",
            "60000",
        ],
        capture_output=True,
        check=True,
    ).stdout
    two = subprocess.run(
        ["kcat", "-C", "-b", bootstrap, "-t", TOPIC, "-o", "beginning", "-e", "-q"],
        capture_output=True,
        check=True,
    ).stdout
    assert one.count(b"\n") == two.count(b"\n") == int(total), (one.count(b"\n"), two.count(b"\n"))
    assert sorted(one.split(b"\n")) == sorted(two.split(b"\n"))


def without_lookups(requests, answers):
    """Takes out the gateway's own questions and their answers. Every request here but acks=0 has an
    answer."""
    kept_requests, kept_answers, turn = [], [], 0
    for frame in requests:
        answered = kafka.produce_acks(frame) != 0
        own = kafka.head(frame).client_id == "sluice"
        if own:
            counts["lookup"] += 1
            assert kafka.head(frame).key == kafka.METADATA
        else:
            kept_requests.append(frame)
        if answered and turn < len(answers):
            if not own:
                kept_answers.append(answers[turn])
            turn += 1
    return kept_requests, kept_answers + answers[turn:]


def undo_fetch_session(client, broker):
    """The broker-side frame as the client sent it."""
    at = kafka.fetch_session_at(client)
    if at is None or client[at : at + 8] == broker[at : at + 8]:
        return broker
    assert (
        client[at : at + 8] == bytes(8) and broker[at : at + 8] == bytes(4) + b"\xff" * 4
    ), "not the edit it may be"
    counts["fetch_session"] += 1
    return broker[:at] + client[at : at + 8] + broker[at + 8 :]


def undo_auto_creation(client, broker):
    """The broker-side frame as the client sent it: may a topic it names be created? True became
    false."""
    head = kafka.head(client)
    if head.key != kafka.METADATA or len(client) != len(broker):
        return broker
    differs = [at for at in range(len(client)) if client[at] != broker[at]]
    if len(differs) != 1 or (client[differs[0]], broker[differs[0]]) != (1, 0):
        return broker
    # The flag stands near the end: behind it come two flags of authorized operations at most, and
    # the tags.
    assert differs[0] >= len(client) - 4, "not the edit it may be"
    counts["auto_creation"] += 1
    return client


def check_api_versions(client, broker, version):
    shown, around = kafka.api_versions(client, version)
    real, real_around = kafka.api_versions(broker, version)
    assert around == real_around, "ApiVersions differs outside of its list"
    for key, (low, high) in shown.items():
        assert real[key][0] == low and real[key][1] >= high, (key, real[key], (low, high))
    counts["api_versions"] += 1
    counts["api_versions: hidden"] += len(real) - len(shown)
    counts["api_versions: lowered"] += sum(real[key][1] > shown[key][1] for key in shown)


def compare(client, broker):
    """Compares one connection; None, or what differs first."""
    asked, answered = (kafka.frames(stream.bytes())[0] for stream in client)
    sent, got = (kafka.frames(stream.bytes())[0] for stream in broker)
    sent, got = without_lookups(sent, got)
    if (
        len(answered) < len(got) and client[0].ended
    ):  # the client left while the broker was still answering
        counts["answers after the client left"] += len(got) - len(answered)
        del got[len(answered) :]
    if len(asked) != len(sent) or len(answered) != len(got):
        at_client, at_broker = f"{len(asked)}/{len(answered)}", f"{len(sent)}/{len(got)}"
        return f"{at_client} frames at the client, {at_broker} at the broker"
    for one, other in zip(asked, sent):
        if one != undo_auto_creation(one, undo_fetch_session(one, other)):
            return f"a request differs: {kafka.head(one)}"
    slots = [kafka.head(frame) for frame in asked if kafka.produce_acks(frame) != 0]
    for slot, one, other in zip(slots, answered, got):
        if slot.key == kafka.API_VERSIONS:
            check_api_versions(one, other, slot.version)
        elif one != other:
            return f"the answer to {slot} differs"
    counts["requests"] += len(asked)
    counts["answers"] += len(answered)
    counts["bytes"] += sum(map(len, asked)) + sum(map(len, answered))
    return None


def first_request(pair):
    found = [
        frame
        for frame in kafka.frames(pair[0].bytes())[0]
        if kafka.head(frame).client_id != "sluice"
    ]
    return found[0] if found else b""


def match(inner, outer):
    """Pairs each client connection with the gateway's connection for it: to the same broker, opened
    next after it."""
    free = sorted(outer.items(), key=lambda item: item[1][0].started)
    for key, pair in sorted(inner.items(), key=lambda item: item[1][0].started):
        first = first_request(pair)
        if not first:
            continue  # it never spoke: nothing was opened for it
        for index, (other_key, other) in enumerate(free):
            near = -0.001 < other[0].started - pair[0].started < 5
            if (
                other_key[2] == key[2]
                and near
                and kafka.head(first_request(other)) == kafka.head(first)
            ):
                del free[index]
                yield key, pair, other
                break
        else:
            sys.exit(f"no connection of the gateway belongs to {key}")
    if free:
        sys.exit(f"connections to the brokers that no client asked for: {[key for key, _ in free]}")


def inside():
    folder = os.environ["SLUICE_LAB_DIR"]
    client_path, client_dump = tcpdump(folder, "g0", "client-side")
    broker_path, broker_dump = tcpdump(folder, "g1", "broker-side")
    drive()
    wait_for_quiet(client_path, broker_path)
    for dump in (client_dump, broker_dump):
        dump.terminate()
        summary = dump.stderr.read()
        assert "\n0 packets dropped by kernel" in summary, summary
    inner = pcap.connections(client_path, 9092)
    outer = {key: pair for key, pair in pcap.connections(broker_path, 9092).items()}
    strangers = {key[0] for key in outer} - {"10.91.2.1"}
    assert not strangers, f"packets to the brokers from {strangers}"
    for key, pair, other in match(inner, outer):
        difference = compare(pair, other)
        if difference:
            sys.exit(f"connection {key}: {difference}")
        counts["connections"] += 1
    assert counts["connections"] >= 8 and counts["bytes"] > 10_000_000, counts
    assert (
        counts["fetch_session"] > 0 and counts["api_versions"] > 0
    ), "the test saw none of the edits it undoes"
    print("frames agree on both sides of the gateway")
    for kind, number in sorted(counts.items()):
        print(f"  {kind:24} {number:>12,}")


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
                    "--",
                    sys.executable,
                    "-B",
                    os.path.abspath(__file__),
                    "--inside",
                ]
            ).returncode
        )
