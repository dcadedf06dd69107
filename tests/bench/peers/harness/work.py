"""The work that every way to the broker is measured on: one turn is all steps through one way."""

import dataclasses
import json
import os
import random
import re
import string
import subprocess
import threading
import time

from . import machine, peers, wire

STEP_SECONDS_MAX = 300
RECORD_BYTES = 1024
PARTITIONS = 4
LATENCY_BYTES = 1024
SMALL_RECORDS, SMALL_BYTES = 8, 100
IDLE_REQUEST_BYTES = 100  # handshake and ApiVersions of one connection, at the least
IDLE_SETTLE_SECONDS = 2
SEGMENT_DELETE_SECONDS = 1
BETWEEN_TURNS_SECONDS = 3


class StepError(Exception):
    """Why a step has no result."""


@dataclasses.dataclass
class Size:
    """How much of everything."""

    records: int = 1_000_000
    latency: int = 5000
    small: int = 100_000
    idle: int = 2000


QUICK = Size(records=200_000, latency=2000, small=30_000, idle=500)


@dataclasses.dataclass
class Step:
    """One result and what its traffic must have looked like at the broker."""

    result: dict
    direction: str  # arrived | departed
    expected: dict  # {(address, port): bytes at least}


def producer_speed(shown, records):
    """MiB/s of the whole, from the line that has percentiles; the others are about a part."""
    line = r"^(\d+) records sent, .*\(([0-9.]+) MB/sec\).* 99th"
    found = re.findall(line, shown, re.M)
    if not found or int(found[-1][0]) != records:
        raise StepError(f"the producer's last words: {shown[-300:]!r}")
    return float(found[-1][1])


def consumer_speed(shown, records):
    """MiB/s of the fetching, which leaves out joining the group."""
    lines = [[cell.strip() for cell in line.split(",")] for line in shown.splitlines()]
    heads = [cells for cells in lines if "fetch.MB.sec" in cells]
    values = dict(zip(heads[0], lines[-1])) if heads else {}
    try:
        speed, came = float(values["fetch.MB.sec"]), int(values["data.consumed.in.nMsg"])
    except (KeyError, ValueError):
        raise StepError(f"the consumer's last words: {shown[-300:]!r}") from None
    if came < records:
        raise StepError(f"{came} records came back, not {records}")
    return speed


class Work:
    def __init__(self, lab, size):
        self.lab, self.size = lab, size
        self.direct = f"{peers.BROKER}:{peers.DIRECT_PORT}"
        self.payload = lab.work / "payload"
        # Random letters from a fixed seed: the same for all, and nothing that shrinks.
        letters = random.Random(1)
        self.payload.write_text("".join(
            "".join(letters.choices(string.ascii_uppercase, k=RECORD_BYTES)) + "\n"
            for _ in range(64)))

    def turn(self, peer, emit):
        """All steps through one way; `emit` gets each step's name and result."""
        topic = f"bench-{peer.name}"
        self.kbench("create", "-via", self.direct, "-topic", topic, "-partitions", PARTITIONS)
        try:
            for name, step in self.steps(peer).items():
                try:
                    emit(name, self.measured(peer, step, topic))
                except StepError as error:
                    emit(name, {"failed": str(error)})
                    peer.check()  # without it no step that follows can succeed
        finally:
            self.kbench("delete", "-via", self.direct, "-topic", topic)
            time.sleep(SEGMENT_DELETE_SECONDS + BETWEEN_TURNS_SECONDS)

    def steps(self, peer):
        # Idle comes first: after the others, memory that a proxy kept would hide what it takes.
        steps = {"idle": self.idle, "produce": self.produce, "consume": self.consume,
                 "latency": self.latency, "small": self.small}
        if not peer.pids():
            del steps["idle"]  # there is no proxy whose memory it could take
        return steps

    def measured(self, peer, step, topic):
        before = self.lab.wire.mark()
        meter = machine.Meter(peer.pids(), self.lab.broker_pid)
        done = step(peer, topic)
        used = meter.read()
        seen = self.lab.wire.since(before)[done.direction]
        objection = wire.judge(seen, done.expected)
        if objection:
            raise StepError(objection)
        carried = {f"{address}:{port}": n for (address, port), n in seen.items() if n > 0}
        return done.result | used | {done.direction: carried}

    def warm_up(self, peer):
        """Lets page cache and compilers settle: those of the broker and of the proxy."""
        whole = self.size
        self.size = Size(records=whole.records // 2, latency=1000, small=whole.small // 5, idle=0)
        topic = f"warm-{peer.name}"
        self.kbench("create", "-via", self.direct, "-topic", topic, "-partitions", PARTITIONS)
        try:
            for step in (self.produce, self.consume, self.small, self.latency):
                step(peer, topic)
        finally:
            self.size = whole
            self.kbench("delete", "-via", self.direct, "-topic", topic)

    # -- The steps. Each returns its numbers and the traffic that proves which way they took.

    def produce(self, peer, topic):
        shown = self.run(
            "kt", "perf-produce", "--bootstrap-server", peer.via, "--topic", topic,
            "--num-records", self.size.records, "--payload-file", self.payload, "--throughput", -1,
            "--command-property", "acks=1", "linger.ms=5", "batch.size=131072",
            "compression.type=none", "buffer.memory=67108864")
        return self.bulk(producer_speed(shown, self.size.records), peer, "arrived")

    def consume(self, peer, topic):
        shown = self.run("kt", "perf-consume", "--bootstrap-server", peer.via, "--topic", topic,
                         "--num-records", self.size.records, "--timeout", 60000)
        return self.bulk(consumer_speed(shown, self.size.records), peer, "departed")

    def bulk(self, mib_s, peer, direction):
        record_bytes = self.size.records * RECORD_BYTES
        return Step({"mib_s": mib_s, "gb": record_bytes / 1e9}, direction,
                    {(peer.source, peer.port): record_bytes})

    def latency(self, peer, topic):
        result = self.kbench("lat", "-direct", self.direct, "-via", peer.via, "-topic", topic,
                             "-n", self.size.latency, "-size", LATENCY_BYTES)
        least = self.size.latency * LATENCY_BYTES
        return Step(json.loads(result), "arrived",
                    {(peers.CLIENT, peers.DIRECT_PORT): least, (peer.source, peer.port): least})

    def small(self, peer, topic):
        result = json.loads(self.kbench(
            "small", "-via", peer.via, "-topic", topic, "-n", self.size.small, "-conns", 4,
            "-window", 5, "-recs", SMALL_RECORDS, "-size", SMALL_BYTES))
        return Step(result, "arrived",
                    {(peer.source, peer.port): result["n"] * SMALL_RECORDS * SMALL_BYTES})

    def idle(self, peer, _topic):
        before = machine.resident_kb(peer.pids())
        with subprocess.Popen(
                [self.lab.tools["kbench"], "idle", "-via", peer.via, "-n", str(self.size.idle)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as holder:
            watchdog = threading.Timer(STEP_SECONDS_MAX, holder.kill)
            watchdog.start()
            try:
                line = holder.stdout.readline()
                time.sleep(IDLE_SETTLE_SECONDS)
                after = machine.resident_kb(peer.pids())
                _, complaint = holder.communicate()
            finally:
                watchdog.cancel()
        if holder.returncode != 0 or not line:
            raise StepError(complaint.strip() or "kbench idle had nothing to say")
        opened = json.loads(line)
        used = {"before_kb": before, "after_kb": after,
                "kb_per_connection": (after - before) / opened["n"]}
        return Step(opened | used, "arrived",
                    {(peer.source, peer.port): opened["n"] * IDLE_REQUEST_BYTES})

    # -- Clients

    def kbench(self, *arguments):
        return self.run(self.lab.tools["kbench"], *arguments)

    def run(self, *command):
        """A client's standard output. We are in the client's namespace already."""
        command = list(map(str, command))
        what = " ".join([os.path.basename(command[0]), command[1]])
        try:
            done = subprocess.run(command, text=True, capture_output=True, stdin=subprocess.DEVNULL,
                                  timeout=STEP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise StepError(f"{what} was not done in {STEP_SECONDS_MAX} s") from None
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()[-500:]
            raise StepError(f"{what} failed with code {done.returncode}: {words}")
        return done.stdout
