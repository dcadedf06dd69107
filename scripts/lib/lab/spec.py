"""What one lab is: its names, addresses and paths, all derived from its id, and its record on disk.

A lab is three kinds of network namespace on one machine:

    client  slc-ID, slc2-ID ..   10.91.1.2, .3 ..    fd00:91:1::2 ..     default route: the gateway
    gateway slg-ID               10.91.1.1 on g0 (clients), 10.91.2.1 on g1 (brokers)
    broker  slb-ID               10.91.2.2, .3 ..    fd00:91:2::2 ..     one Kafka node an address

Addresses are the same in every lab; the namespaces are private, so labs never meet.
"""

import dataclasses
import json
import os
import pathlib
import re
import secrets
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
STACK = ROOT / "tests" / "stack"
CACHE = pathlib.Path(os.environ.get("SLUICE_CACHE", "/var/cache/sluice"))
KAFKA_PORT = 9092
CONTROLLER_PORT = 9093
METRICS = "127.0.0.1:9464"
BROKERS_MAX = 9
CLIENTS_MAX = 64


class LabError(Exception):
    """A sentence for the person who started the lab."""


def labs_dir():
    return pathlib.Path(tempfile.gettempdir())


def default_bin_dir():
    named = os.environ.get("SLUICE_BIN_DIR", ROOT / "build" / "userspace")
    return str(pathlib.Path(named).resolve())


@dataclasses.dataclass
class Lab:
    id: str
    kafka: str = "4.3.1"
    brokers: int = 1
    clients: int = 1
    direct: bool = False
    policy: str = ""
    # Names of keys for masks; the secret of each is in `keys`, its id is its name.
    mask_keys: list[str] = dataclasses.field(default_factory=list)
    listeners: list[str] = dataclasses.field(default_factory=list)
    broker_config: list[str] = dataclasses.field(default_factory=list)
    # MiB of the disk that holds the audit log alone; 0: it is where the lab is.
    audit_size: int = 0
    # Where sluiced and sluice are.
    bin_dir: str = dataclasses.field(default_factory=default_bin_dir)
    # The `lab run` that will take it down, as process.identity names it; "": kept until `down`.
    owner: str = ""

    @staticmethod
    def load(lab_id):
        path = labs_dir() / f"sluice-lab-{lab_id}" / "lab.json"
        try:
            return Lab(**json.loads(path.read_text()))
        except FileNotFoundError:
            raise LabError(f"there is no lab {lab_id!r}; `lab ls` lists them") from None

    @staticmethod
    def all():
        labs = []
        for path in sorted(labs_dir().glob("sluice-lab-*/lab.json")):
            try:
                labs.append(Lab(**json.loads(path.read_text())))
            except FileNotFoundError:
                pass  # taken down at this moment
        return labs

    def claim(self):
        """Makes the lab's folder; its existence is what keeps two labs from sharing an id."""
        if not re.fullmatch(r"[a-z0-9-]{1,24}", self.id):
            raise LabError(f"lab id {self.id!r}: 1 to 24 of a-z, 0-9 and '-'")
        try:
            self.dir.mkdir(mode=0o755)
        except FileExistsError:
            raise LabError(f"lab {self.id!r} exists; `lab down {self.id}` removes it") from None
        self.logs.mkdir()
        record = self.dir / "lab.json.new"
        record.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n")
        record.rename(self.dir / "lab.json")  # others list labs: never half a record

    def remove_files(self):
        shutil.rmtree(self.kafka_data, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    # Names of the namespaces.
    @property
    def client_netns(self):
        return [f"slc-{self.id}"] + [f"slc{n}-{self.id}" for n in range(2, self.clients + 1)]

    @property
    def gateway_netns(self):
        return f"slg-{self.id}"

    @property
    def broker_netns(self):
        return f"slb-{self.id}"

    @property
    def switch_netns(self):
        """Joins several clients to the gateway's one client interface; else it does not exist."""
        return f"slw-{self.id}"

    @property
    def netns(self):
        switch = [self.switch_netns] if self.clients > 1 else []
        return [*self.client_netns, *switch, self.gateway_netns, self.broker_netns]

    # Addresses. Node numbers of brokers and clients start at 1.
    def broker_address(self, node):
        return f"10.91.2.{node + 1}"

    @property
    def bootstrap(self):
        return ",".join(f"{self.broker_address(node)}:{KAFKA_PORT}" for node in self.nodes)

    @property
    def nodes(self):
        return range(1, self.brokers + 1)

    # Files.
    def program(self, name):
        return pathlib.Path(self.bin_dir) / name

    @property
    def dir(self):
        return labs_dir() / f"sluice-lab-{self.id}"

    @property
    def logs(self):
        return self.dir / "logs"

    @property
    def config(self):
        return self.dir / "sluice.yaml"

    @property
    def policies(self):
        return self.dir / "policies"

    @property
    def keys(self):
        return self.dir / "keys"

    @property
    def data(self):
        return self.dir / "data"

    @property
    def idp(self):
        """The lab's own identity provider: tests/stack/issuer.py makes tokens with its keys."""
        return self.dir / "idp"

    @property
    def control(self):
        return self.dir / "control.sock"

    @property
    def audit(self):
        return self.data / "audit"

    @property
    def kafka_data(self):
        """In memory where the machine offers it: a slow disk is no part of what is tested."""
        memory = pathlib.Path("/dev/shm")
        return (memory if memory.is_dir() else self.dir) / f"sluice-lab-{self.id}-kafka"

    @property
    def kafka_libs(self):
        return CACHE / f"kafka-{self.kafka}" / "libs"

    # Class data archives of this Kafka version (life.prime); a JVM that cannot use one goes on.
    @property
    def broker_archive(self):
        return self.kafka_libs.parent / "broker.jsa"

    @property
    def tools_archive(self):
        return self.kafka_libs.parent / "tools.jsa"

    @staticmethod
    def keep_archive(made, archive):
        """Puts an archive in place in one step: another lab may be starting a JVM with it."""
        beside = archive.with_suffix(".new")
        shutil.copy(made, beside)
        beside.rename(archive)

    def environment(self):
        """What a command in the lab finds in its environment, beside what it had."""
        return os.environ | {
            "SLUICE_BOOTSTRAP": self.bootstrap,
            "SLUICE_LAB_ID": self.id,
            "SLUICE_LAB_DIR": str(self.dir),
            "SLUICE_CLIENT_NETNS": " ".join(self.client_netns),
            "SLUICE_GATEWAY_NETNS": self.gateway_netns,
            "SLUICE_BROKER_NETNS": self.broker_netns,
            "SLUICE_AUDIT_DIR": str(self.audit),
            "SLUICE_IDP_DIR": str(self.idp),
            "SLUICE_CONTROL": str(self.control),
            "SLUICE_BIN_DIR": self.bin_dir,
            "SLUICE_CACHE": str(CACHE),
            "KAFKA_LIBS": str(self.kafka_libs),
            "PATH": os.pathsep.join([str(STACK), self.bin_dir, os.environ.get("PATH", "/usr/bin"),
                                     "/usr/sbin", "/sbin"]),
        }


def new_id():
    return secrets.token_hex(3)
