"""steady.py: runs steady_clients.py beside a test, and keeps what it tells."""

import json
import os
import statistics
import subprocess
import threading
import time

CLIENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "steady_clients.py")
DEBIAN_PYTHON = "/usr/bin/python3"  # where Debian's python3-kafka is


class Steady:
    """A producer and a group consumer; `acked` and `read` are {(partition, offset): latency}."""

    def __init__(self, topic, rate, client_id="steady"):
        self.acked, self.read, self.times_read, self.sent = {}, {}, 0, None
        self.assigned, self.troubles = [], []
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [DEBIAN_PYTHON, "-B", CLIENTS, topic, str(rate), client_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            what, *told = json.loads(line)
            if what == "assigned":
                self.assigned.append(told[0])
            elif what == "trouble":
                self.troubles.append(told[0])
            elif what == "sent":
                self.sent = told[0]
            else:
                partition, offset, latency = told
                getattr(self, what)[partition, offset] = latency
                self.times_read += what == "read"

    def alive(self):
        return self.process.poll() is None

    def finish(self):
        """Returns for how many seconds there was load."""
        lasted = time.monotonic() - self.began
        self.process.stdin.close()
        assert self.process.wait(90) == 0, "producer and consumer do not end in order"
        self.listener.join()
        return lasted

    def kill(self):
        self.process.kill()
        self.process.wait()


def spread(latencies):
    """Median, 99th percentile and maximum, in a few words."""
    ordered = sorted(latencies)
    high = ordered[int(len(ordered) * 0.99)]
    return (
        f"median {statistics.median(ordered) * 1000:.0f} ms, "
        f"99th percentile {high * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms"
    )
