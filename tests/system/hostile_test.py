#!/usr/bin/env python3
"""What bad input gets: a closed connection, a reason with a counter, and nothing of anybody else's.

While a producer and a group consumer go on at 600 records a second:

- each case of hostile_cases.py is sent a few times: the connection ends, and sluice_closed_total
  moves by exactly as many, for exactly that reason;
- clients that say nothing, stop inside a request, or send it byte by byte without an end;
- 500 connections of random bytes (fixed seed), and requests that never end;
- 300 silent connections from one address and 5,000 from twenty;
- clients that dial again from the port of a connection that the gateway has ended.

Afterwards no record is missing, none was late by seconds, and the daemon is the same process,
ready, with the connections and the memory it had before.
"""

import contextlib
import fcntl
import os
import random
import resource
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

from hostile_cases import API_VERSIONS, CASES, METADATA, NO_API
from hostile_cases import endless_metadata, endless_produce, garbage
from lab_tools import (
    brokers,
    closed,
    daemon_pid,
    dial,
    metrics,
    readiness,
    ready,
    receive_frame,
    request,
    resident_kib,
    run_in_lab,
    wait_until,
)
from steady import Steady, spread

TIMES = 4  # each case
TOPIC, RATE, RATE_MIN = "traffic", 600, 500
GARBAGE, SEED = 500, 20261124
SOURCES = [f"10.91.1.{last}" for last in range(10, 30)]
ONE_SOURCE = "10.91.1.40"
FLOOD = 5_000
# base/limits.h
PRE_AUTH_MAX, PRE_AUTH_PER_SOURCE_MAX = 2_048, 256
FIRST_FRAME_DEADLINE = 10
# Requests that never end: more of them than all connections together may hold.
ENDLESS, ENDLESS_BYTES = 48, 15 * 1024 * 1024
BUFFERED_MAX_KIB = 512 * 1024
LATE_MAX = 3.0  # seconds: what a record may take, whatever else goes on
# How much the daemon may grow: by connections without a whole request, by requests that never end,
# and for good (its allocator keeps 64 MiB a worker).
GROWTH_MAX_KIB = 32 * 1024
ENDLESS_GROWTH_MAX_KIB = BUFFERED_MAX_KIB + 128 * 1024
KEPT_MAX_KIB = GROWTH_MAX_KIB + (os.cpu_count() or 1) * 64 * 1024


class Memory:
    """The most memory the daemon had, sampled."""

    def __init__(self):
        self.pid, self.phases, self.ended = daemon_pid(), {}, threading.Event()
        self.phase("before")
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def phase(self, name):
        self.name = name
        self.phases[name] = resident_kib(self.pid)

    def sample(self):
        while not self.ended.wait(0.05):
            self.phases[self.name] = max(self.phases[self.name], resident_kib(self.pid))

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.phases


def ended(connection, seconds):
    """Waits for the end of a connection and returns what came before it."""
    connection.settimeout(seconds)
    data = b""
    try:
        while got := connection.recv(65536):
            data += got
    except ConnectionResetError:
        pass
    connection.close()
    return data


def moved_since(before):
    now = closed()
    return {reason: now[reason] - before[reason] for reason in now if now[reason] != before[reason]}


def settled(before, expected, what):
    """Until the counters have moved by what is expected, and by nothing else."""
    try:
        wait_until(lambda: moved_since(before) == expected, 10, what)
    except AssertionError:
        raise AssertionError(f"{what}: closed {moved_since(before)}, expected {expected}") from None


def said(number, reason, what):
    print(f"  {reason:32} {number:>5}  {what}", flush=True)


def bad_frames():
    for name, (data, reason) in CASES.items():
        before = closed()
        for _ in range(TIMES):
            connection = dial()
            connection.sendall(data)
            if reason == "client_closed":
                connection.shutdown(socket.SHUT_WR)
            answer = ended(connection, 10)
            assert answer == b"", f"{name}: answered {answer[:40]!r}"
        settled(before, {reason: TIMES}, name)
        said(TIMES, reason, name)


def unacknowledged(connection):
    return struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0]


def byte_by_byte():
    """A valid request in segments of one byte: each is acknowledged before the next is sent."""
    before = closed()
    with dial() as connection:
        for byte in request(API_VERSIONS, 0):
            connection.sendall(bytes([byte]))
            while unacknowledged(connection):
                time.sleep(0.001)
        answer = receive_frame(connection)
        assert struct.unpack_from(">ih", answer) == (7, 0) and len(answer) > 100
    with dial() as connection:  # the version no broker has is answered, in the oldest form
        connection.sendall(request(API_VERSIONS, 99))
        assert struct.unpack_from(">ih", receive_frame(connection)) == (7, 35)
    settled(before, {"client_closed": 2}, "valid requests")
    said(2, "(answered)", "ApiVersions in segments of one byte; ApiVersions 99: error 35")


def deadlines():
    """Who says nothing, stops before a whole header or never comes to its end has ten seconds."""
    before, began = closed(), time.monotonic()
    whole = request(METADATA, 1, bytes(4), client_id="c" * 40)
    waiting = [dial() for _ in range(4 * TIMES)]
    for number, connection in enumerate(waiting):
        connection.sendall((b"", b"\0\0\0", whole[:9], b"")[number % 4])
    many = []
    for _ in range(PRE_AUTH_PER_SOURCE_MAX + 44):
        with contextlib.suppress(ConnectionResetError):  # the last are refused while they dial
            many.append(dial(source=ONE_SOURCE))
    for byte in whole[: FIRST_FRAME_DEADLINE - 1]:  # the fourth kind sends a byte a second
        for connection in waiting[3::4]:
            connection.sendall(bytes([byte]))
        time.sleep(1)
    for connection in waiting + many:
        assert ended(connection, FIRST_FRAME_DEADLINE) == b""
    lasted = time.monotonic() - began
    assert FIRST_FRAME_DEADLINE - 1 < lasted < FIRST_FRAME_DEADLINE + 4, f"{lasted:.1f} s"
    late = len(waiting) + PRE_AUTH_PER_SOURCE_MAX
    settled(
        before,
        {"first_frame_deadline": late, "too_many_connections_per_source": 44},
        "silent clients",
    )
    said(late, "first_frame_deadline", "silent, half-open, one byte a second; 256 of one address")
    said(44, "too_many_connections_per_source", "silent ones more of that address")


def random_bytes():
    chance, before = random.Random(SEED), closed()
    for number in range(GARBAGE):
        connection = dial()
        try:
            connection.sendall(garbage(chance, number))
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was closed first
        ended(connection, 15)
    wait_until(lambda: sum(moved_since(before).values()) >= GARBAGE, 10, "all garbage closed")
    moved = moved_since(before)
    assert sum(moved.values()) == GARBAGE, moved
    assert "internal_error" not in moved, moved
    for reason, number in sorted(moved.items(), key=lambda entry: -entry[1]):
        said(number, reason, f"random bytes (seed {SEED})")


def pour(connection, block):
    """Sends until nobody takes more, or it is enough. Returns how many bytes went."""
    connection.settimeout(1)
    try:
        for number in range(ENDLESS_BYTES // len(block)):
            connection.sendall(block)
    except (TimeoutError, ConnectionResetError, BrokenPipeError):
        return number * len(block)
    return ENDLESS_BYTES


def endless(what, connections, start, more, reasons):
    """Requests that go on for as long as anybody takes them."""
    before, began = closed(), time.monotonic()
    pouring = [dial() for _ in range(connections)]
    for connection in pouring:
        connection.sendall(start)
    poured = sum(pour(connection, more * 200) for connection in pouring)
    time.sleep(1)  # the most memory there will be is there
    for connection in pouring:
        connection.close()
    wait_until(lambda: sum(moved_since(before).values()) >= connections, 10, what)
    moved = moved_since(before)
    assert sum(moved.values()) == connections and set(moved) <= reasons, moved
    print(f"  {what}: {poured >> 20} MiB in {time.monotonic() - began:.1f} s")
    for reason, number in moved.items():
        said(number, reason, f"of {what}")
    return moved


def endless_requests(memory):
    # What was not read yet turns the client's end into a reset.
    ends = {"client_closed", "client_reset"}
    memory.phase("endless Produce")
    endless("endless Produce", 2, *endless_produce(TOPIC), ends)
    memory.phase("endless")
    moved = endless("endless Metadata", ENDLESS, *endless_metadata(), ends | {"buffers_full"})
    assert moved.get("buffers_full", 0) > 0, f"nobody was told that it is too much: {moved}"


def same_port():
    """Whom the gateway threw out may dial again from the same port at once, as at a broker."""
    reasons = {
        "before a valid request": request(NO_API, 0),
        "after a valid request": request(API_VERSIONS, 0) + request(NO_API, 0),
        "for the body of a request": request(METADATA, 1),
    }
    for when, data in reasons.items():
        first = dial(source="10.91.1.2")
        address = first.getsockname()
        first.sendall(data)
        ended(first, 10)
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(address)
            again.settimeout(5)
            try:
                again.connect(brokers()[0])
            except TimeoutError:
                raise AssertionError(f"closed {when}: nobody answers that port now") from None
        said(1, "(connected)", f"again from the port of a connection that was closed {when}")


def flood():
    """As many connections as anybody likes to open: so many are kept for the ten seconds."""
    before, began = closed(), time.monotonic()
    connections = []
    for number in range(FLOOD):
        connection = socket.socket()
        connection.setblocking(False)
        connection.bind((SOURCES[number % len(SOURCES)], 0))
        connection.connect_ex(brokers()[0])
        connections.append(connection)
    dialled = time.monotonic() - began
    refused = FLOOD - PRE_AUTH_MAX
    wait_until(lambda: sum(moved_since(before).values()) >= refused, 9, "the flood is refused")
    kept = metrics()["sluice_pre_auth_connections"]
    wait_until(lambda: sum(moved_since(before).values()) == FLOOD, 20, "the flood is gone")
    for connection in connections:
        connection.close()
    expected = {"too_many_connections": refused, "first_frame_deadline": PRE_AUTH_MAX}
    settled(before, expected, "the flood")
    assert kept == PRE_AUTH_MAX, f"{kept} connections were kept"
    said(refused, "too_many_connections", f"5,000 silent, dialled in {dialled:.1f} s")
    said(PRE_AUTH_MAX, "first_frame_deadline", "of them")


def attack(memory):
    steps = {
        "bad frames": bad_frames,
        "byte by byte": byte_by_byte,
        "random bytes": random_bytes,
        "deadlines": deadlines,
        "flood": flood,
        "endless requests": lambda: endless_requests(memory),
        "same port": same_port,
    }
    for name, step in steps.items():
        memory.phase(name)
        step()
    memory.phase("after")


def check_traffic(traffic, seconds):
    acked, read = traffic.acked, traffic.read
    rate = len(acked) / seconds
    print(f"traffic: {len(acked)} acknowledged, {len(read)} read, {rate:.0f} a second")
    print(f"  acknowledged after: {spread(acked.values())}")
    print(f"  read after:         {spread(read.values())}")
    assert rate >= RATE_MIN, f"only {rate:.0f} records a second"
    assert len(acked) == traffic.sent, f"{traffic.sent} were sent"
    assert set(acked) == set(read) and traffic.times_read == len(read), "records are missing"
    assert not traffic.troubles and len(traffic.assigned) == 1, (
        traffic.troubles,
        traffic.assigned,
    )
    worst = max(*acked.values(), *read.values())
    assert worst < LATE_MAX, f"a record took {worst:.1f} s"


def check_memory(phases):
    for name, kib in phases.items():
        print(f"  resident, {name:18} {kib / 1024:6.1f} MiB")
    allowed = {"endless": ENDLESS_GROWTH_MAX_KIB}
    kept = False
    for name, kib in phases.items():
        most = allowed.get(name, KEPT_MAX_KIB if kept else GROWTH_MAX_KIB)
        kept = kept or name in allowed
        grown = kib - phases["before"]
        assert grown < most, f"{name}: memory grew by {grown >> 10} MiB of {most >> 10}"


def inside():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FLOOD + 2000, FLOOD + 2000))
    for source in [*SOURCES, ONE_SOURCE]:
        subprocess.run(["ip", "addr", "add", f"{source}/24", "dev", "c0"], check=True)
    create = ["kt", "topics", "--create", "--topic", TOPIC, "--partitions", "3"]
    subprocess.run(create, check=True, capture_output=True)
    pid, traffic = daemon_pid(), Steady(TOPIC, RATE)
    try:
        wait_until(lambda: len(traffic.read) > RATE, 20, "the traffic flows")
        connections = metrics()["sluice_connections"]
        memory = Memory()
        attack(memory)
        wait_until(
            lambda: metrics()["sluice_connections"] == connections, 10, "only the traffic is left"
        )
        seconds = traffic.finish()
    finally:
        traffic.kill()
    check_traffic(traffic, seconds)
    check_memory(memory.stop())
    assert daemon_pid() == pid and ready(), readiness()
    wait_until(lambda: metrics()["sluice_connections"] == 0, 10, "no connection is left")


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        inside()
    else:
        run_in_lab(__file__)
