#!/usr/bin/env python3
"""capture_helpers.py: what capture_test.py runs in other namespaces than its own.

capture_helpers.py listen   at the broker: tells every client the address it is seen by
capture_helpers.py watch    at the gateway: prints a line of JSON each time that /readyz changes
"""

import contextlib
import json
import socket
import sys
import threading
import time

from lab_tools import METRICS

BROKER, BROKER6 = "10.91.2.2", "fd00:91:2::2"
KAFKA, OTHER_PORT = 9092, 9094  # Kafka listens on IPv4 only, and Sluice does not cover the other


def listen():
    listening = []
    for family, address, port in (
        (socket.AF_INET, BROKER, OTHER_PORT),
        (socket.AF_INET6, BROKER6, OTHER_PORT),
        (socket.AF_INET6, BROKER6, KAFKA),
    ):
        listening.append(socket.create_server((address, port), family=family))

    def serve(server):
        while True:
            connection, peer = server.accept()
            with connection:
                connection.sendall(peer[0].encode())

    threads = [threading.Thread(target=serve, args=(server,)) for server in listening]
    for thread in threads:
        thread.start()
    print("listening", flush=True)


def watch():
    """Asks as often as it can: a repair takes but milliseconds."""
    host, port = METRICS.removeprefix("http://").split(":")
    last = None
    while True:
        with contextlib.suppress(OSError):
            with socket.create_connection((host, int(port)), timeout=30) as connection:
                connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
                answer = connection.makefile(newline="").read()
            head, _, body = answer.partition("\r\n\r\n")
            if (now := [int(head.split()[1]), body]) != last:
                last = now
                print(json.dumps([time.monotonic(), *now]), flush=True)
        time.sleep(0.001)


if __name__ == "__main__":
    {"listen": listen, "watch": watch}[sys.argv[1]]()
