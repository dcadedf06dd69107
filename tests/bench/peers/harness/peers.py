"""The ways to the broker: what each runs in the gateway's namespace, and where clients dial it."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[2]

BROKER = "10.91.2.2"
CLIENT = "10.91.1.2"
GATEWAY_TO_CLIENTS = "10.91.1.1"
GATEWAY_TO_BROKERS = "10.91.2.1"
COVERED_PORT = 9092
DIRECT_PORT = 19092
START_SECONDS_MAX = 30


class PeerError(Exception):
    """A way to the broker that cannot be measured, in a sentence."""


class Peer:
    """One way. `port` is the broker's listener for it; `via` is what clients dial."""

    name = ""
    port = DIRECT_PORT
    address = BROKER  # whose address clients dial
    advertised = ""  # of its listener; "": the address that clients dial
    source = GATEWAY_TO_BROKERS  # whose address the broker must see

    def __init__(self, lab):
        self.lab = lab

    @property
    def via(self):
        return f"{self.address}:{self.port}"

    @classmethod
    def listener(cls):
        """The lab's --listener for it, or "" where the lab has it anyway."""
        name = cls.name.upper().replace("-", "_")
        return f"{name}:{cls.port}:{cls.advertised or cls.address}:{cls.port}"

    @classmethod
    def version(cls):
        return ""

    def start(self):
        """Once, before the first round."""

    def enter(self):
        """Before each of its turns."""

    def check(self):
        """Complains when its process has ended."""

    def stop(self):
        """Once, at the end."""

    def pids(self):
        return []


class Direct(Peer):
    name = "direct"
    source = CLIENT


class Process(Peer):
    """A proxy that runs all the time and listens at the gateway."""

    address = GATEWAY_TO_CLIENTS
    process = None

    def command(self):
        raise NotImplementedError

    def start(self):
        self.log = self.lab.work / f"{self.name}.log"
        inside = ["nsenter", f"--net=/run/netns/{self.lab.gateway_netns}", "--"]
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [*inside, *map(str, self.command())], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._listens():
            self.check()
            if time.monotonic() > deadline:
                raise PeerError(f"{self.name} does not listen at {self.via}; {self._last_words()}")
            time.sleep(0.1)

    def enter(self):
        self.check()

    def check(self):
        if self.process.poll() is not None:
            raise PeerError(f"{self.name} ended with code {self.process.returncode}; "
                            f"{self._last_words()}")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def pids(self):
        return [self.process.pid]

    def fill(self, template, target, **values):
        """A configuration file in the lab's folder, from one of ours with @NAMES@ in it."""
        text = (HERE / template).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        path = self.lab.work / target
        path.write_text(text)
        return path

    def _listens(self):
        try:
            with socket.create_connection((self.address, self.port), 1.0):
                return True
        except OSError:
            return False

    def _last_words(self):
        lines = self.log.read_text(errors="replace").splitlines()[-20:]
        return "the end of its log:\n" + "\n".join(lines) if lines else "its log is empty"


class Haproxy(Process):
    name = "haproxy"
    port = 19192
    options = ()

    def command(self):
        config = self.fill("haproxy/haproxy.cfg.in", f"{self.name}.cfg", CORES=os.cpu_count(),
                           OPTIONS="\n".join(f"    option {o}" for o in self.options),
                           LISTEN=self.via, BROKER=f"{BROKER}:{self.port}")
        return ["haproxy", "-db", "-f", config]

    @classmethod
    def version(cls):
        shown = subprocess.run(["haproxy", "-v"], capture_output=True, text=True)
        return "HAProxy " + shown.stdout.split("version")[-1].split()[0]


class HaproxySplice(Haproxy):
    name = "haproxy-splice"
    port = 19292
    options = ("splice-auto",)


class Kroxylicious(Process):
    """Decodes and rewrites addresses itself, so its listener advertises the broker's own."""

    name = "kroxylicious"
    port = 19392
    advertised = BROKER

    def command(self):
        home = self.lab.tools["kroxylicious"]
        config = self.fill("kroxylicious/kroxylicious.yaml.in", "kroxylicious.yaml",
                           BROKER=f"{BROKER}:{self.port}", LISTEN=self.via, HOST=self.address,
                           NODE_PORT=self.port + 1)
        return ["java", "-Xmx1g", f"-Dlog4j2.configurationFile={HERE}/kroxylicious/log4j2.yaml",
                "-cp", f"{home}/classes:{home}/libs/*", "bench.Kroxylicious", config]

    @classmethod
    def version(cls):
        pom = (HERE / "kroxylicious/pom.xml").read_text()
        return "Kroxylicious " + pom.split("kroxylicious-runtime</artifactId>")[1].split(
            "<version>")[1].split("<")[0]


class KafkaProxy(Process):
    """Only where KAFKA_PROXY names its program. Rewrites addresses itself, like Kroxylicious."""

    name = "kafka-proxy"
    port = 19492
    advertised = BROKER

    def command(self):
        return [program(), "server", "--http-disable", "--log-level", "warning",
                "--default-listener-ip", self.address,
                "--bootstrap-server-mapping", f"{BROKER}:{self.port},{self.via}"]

    @classmethod
    def version(cls):
        return f"kafka-proxy ({pathlib.Path(program()).name})"


def program():
    return os.environ.get("KAFKA_PROXY", "")


class Sluice(Peer):
    """Clients dial the broker itself. The daemon starts anew with its policy for each turn."""

    port = COVERED_PORT
    durability = ""

    @classmethod
    def listener(cls):
        return ""

    def enter(self):
        policy = self.lab.dir / "policies" / "bench.yaml"
        policy.write_text(f"version: 1\naudit: {{durability: {self.durability}}}\n")
        control = "restart-daemon" if self._runs() else "start-daemon"  # it may have crashed
        done = subprocess.run([ROOT / "scripts/lab", control, self.lab.id],
                              text=True, capture_output=True)
        if done.returncode != 0:
            raise PeerError(f"{self.name} does not start: {done.stderr.strip()}")

    def check(self):
        if not self._runs():
            raise PeerError(f"{self.name} ended in the middle of its turn")

    def _runs(self):
        return all(pathlib.Path(f"/proc/{pid}").exists() for pid in self.pids())

    def pids(self):
        return [int((self.lab.dir / "sluiced.pid").read_text())]


class SluiceAsync(Sluice):
    name = "sluice-async"
    durability = "async"


class SluiceDurable(Sluice):
    name = "sluice-durable"
    durability = "durable"


KNOWN = {peer.name: peer for peer in (Direct, Haproxy, HaproxySplice, Kroxylicious, KafkaProxy,
                                      SluiceAsync, SluiceDurable)}


def chosen(names):
    """The classes for a list of names; all that this machine can run when it is empty."""
    unknown = [name for name in names if name not in KNOWN]
    if unknown:
        raise PeerError(f"no such way: {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    if KafkaProxy.name in names and not shutil.which(program()):
        raise PeerError("KAFKA_PROXY does not name kafka-proxy's program")
    if names:
        return [peer for name, peer in KNOWN.items() if name in names]
    return [peer for peer in KNOWN.values() if peer is not KafkaProxy or shutil.which(program())]
