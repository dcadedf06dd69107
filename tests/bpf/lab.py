"""Three network namespaces - client, gateway, broker - for the tests of capture.

Names carry the process id and a number, so that runs do not meet. Everything goes away with
close().
"""

import atexit
import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import select
import signal
import socket
import subprocess

CLIENT, GATEWAY, BROKER = "10.91.1.2", "10.91.1.1", "10.91.2.2"
CLIENT6, BROKER6 = "fd00:91:1::2", "fd00:91:2::2"
BPFFS = pathlib.Path("/sys/fs/bpf")
CLONE_NEWNET = 0x40000000
# How long is waited for an answer that must come, which takes milliseconds where nothing else runs,
# and for one that must not (the first SYN, and its first repetition after a second).
PATIENCE_SECONDS = 20
SILENCE_SECONDS = 1.5

libc = ctypes.CDLL(None, use_errno=True)
numbers = itertools.count(1)


def run(*words, check=True, stdin=None):
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def set_namespace(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace):
    """Sockets made in the block belong to the namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        set_namespace(there)
        yield
    finally:
        set_namespace(home)
        os.close(there)
        os.close(home)


def dial(namespace, address, port, patience):
    """What a client sees: "refused", "silence", or the text it is sent until the end."""
    with inside(namespace):
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with client:
        client.settimeout(patience)
        try:
            client.connect((address, port))
            return client.makefile().read().strip()
        except (ConnectionRefusedError, ConnectionResetError):
            return "refused"
        except TimeoutError:
            return "silence"


class Holder:
    """A running `steer_tool hold`."""

    def __init__(self, words):
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline().strip()

    def ask(self, line):
        """Sends a command, returns the lines up to "end" or "done"."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        out = []
        for answer in self.process.stdout:
            if answer.strip() in ("end", "done"):
                return out
            out.append(answer.strip())
        raise AssertionError(f"{line}: {self.process.stderr.read()}")

    def end(self, how=signal.SIGKILL):
        """Returns what it wrote to its standard error."""
        self.process.send_signal(how)
        _, errors = self.process.communicate()
        return errors


class Lab:
    def __init__(self, tool):
        self.tool = tool
        self.run_id = f"captest-{os.getpid()}-{next(numbers)}"
        self.client, self.gateway, self.broker = (f"{self.run_id}-{role}" for role in "cgb")
        self.holders = []
        self.closing = []
        self.listening = {}
        atexit.register(self.close)  # also when a test run is interrupted
        self.build()

    def build(self):
        for name in (self.client, self.gateway, self.broker):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            with inside(name):  # addresses that work at once: nobody else could have them
                for file in ("accept_dad", "dad_transmits"):
                    pathlib.Path(f"/proc/sys/net/ipv6/conf/default/{file}").write_text("0")
        run("ip", "link", "add", "c0", "netns", self.client, "type", "veth",
            "peer", "name", "g0", "netns", self.gateway)
        run("ip", "link", "add", "b0", "netns", self.broker, "type", "veth",
            "peer", "name", "g1", "netns", self.gateway)
        ends = ((self.client, "c0", CLIENT, CLIENT6), (self.gateway, "g0", GATEWAY, "fd00:91:1::1"),
                (self.broker, "b0", BROKER, BROKER6),
                (self.gateway, "g1", "10.91.2.1", "fd00:91:2::1"))
        for namespace, link, address, address6 in ends:
            run("ip", "-n", namespace, "-batch", "-",
                stdin=f"addr add {address}/24 dev {link}\n"
                      f"addr add {address6}/64 dev {link} nodad\nlink set {link} up\n")
        for namespace, via, via6 in ((self.client, GATEWAY, "fd00:91:1::1"),
                                     (self.broker, "10.91.2.1", "fd00:91:2::1")):
            run("ip", "-n", namespace, "-batch", "-",
                stdin=f"route add default via {via}\nroute add default via {via6}\n")
        with inside(self.gateway):
            pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            pathlib.Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
        self.count_at_broker()
        for family, address in ((socket.AF_INET, BROKER), (socket.AF_INET6, BROKER6)):
            for port in (9092, 9093):
                self.listen(family, address, port)

    def count_at_broker(self):
        run("nsenter", f"--net=/run/netns/{self.broker}", "nft", "-f", "-", stdin="""
table inet count {
  counter broker { }
  chain arriving { type filter hook prerouting priority -300; tcp dport 9092 counter name broker; }
}
""")

    def listen(self, family, address, port):
        with inside(self.broker):
            listener = socket.create_server((address, port), family=family)
        listener.setblocking(False)
        self.listening[family, port] = listener
        self.closing.append(listener.close)

    def dial(self, port=9092, address=BROKER):
        return dial(self.client, address, port, PATIENCE_SECONDS)

    def dial_in_vain(self):
        return dial(self.client, BROKER, 9092, SILENCE_SECONDS)

    def connect(self):
        """A client's connection to the broker's address, opened and silent."""
        with inside(self.client):
            return socket.create_connection((BROKER, 9092), PATIENCE_SECONDS)

    def dial_straight(self, port, family=socket.AF_INET):
        """Dials the broker and answers there. The client's address as the broker saw it, or what
        dial() says."""
        listener = self.listening[family, port]
        with inside(self.client):
            client = socket.socket(family, socket.SOCK_STREAM)
        with client:
            client.settimeout(PATIENCE_SECONDS)
            try:
                client.connect((BROKER if family == socket.AF_INET else BROKER6, port))
            except (ConnectionRefusedError, ConnectionResetError):
                return "refused"
            except TimeoutError:
                return "silence"
            if not select.select([listener], [], [], PATIENCE_SECONDS)[0]:
                return "the broker saw nothing"
            accepted, peer = listener.accept()
            accepted.close()
            return peer[0]

    def arrived_at_broker(self):
        """TCP packets for port 9092 that came to the broker's interface, from anyone."""
        text = run("nsenter", f"--net=/run/netns/{self.broker}", "nft", "-j", "list", "counters")
        return next(item["counter"]["packets"] for item in json.loads(text)["nftables"]
                    if "counter" in item)

    def at_gateway(self, *words, check=True, stdin=None):
        return run("nsenter", f"--net=/run/netns/{self.gateway}", *words, check=check, stdin=stdin)

    def words(self, command, **keys):
        options = {"run": self.run_id, "interfaces": "g0", "networks": "10.91.2.0/24",
                   "ports": "9092", **keys}
        return ["nsenter", f"--net=/run/netns/{self.gateway}", self.tool, command,
                *(f"{key}={value}" for key, value in options.items() if value is not None)]

    def hold(self, **keys):
        holder = Holder(self.words("hold", **keys))
        self.holders.append(holder)
        return holder

    def status(self, **keys):
        lines = run(*self.words("status", **keys)).splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def uninstall(self, **keys):
        done = subprocess.run(self.words("uninstall", interfaces=None, networks=None, ports=None,
                                         **keys), capture_output=True, text=True, check=False)
        return done.stderr.strip() if done.returncode != 0 else "done"

    def pins(self):
        return BPFFS / f"sluice-{self.run_id}"

    def close(self):
        atexit.unregister(self.close)
        for holder in self.holders:
            if holder.process.poll() is None:
                holder.end()
            for stream in (holder.process.stdin, holder.process.stdout, holder.process.stderr):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        for close in self.closing:
            close()
        if os.path.exists(f"/run/netns/{self.gateway}"):
            self.uninstall()
        for name in (self.client, self.gateway, self.broker):
            run("ip", "netns", "del", name, check=False)
