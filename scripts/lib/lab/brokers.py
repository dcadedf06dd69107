"""The lab's Kafka cluster: combined KRaft nodes, each on an address of its own."""

import base64
import os
import secrets
import shutil
import subprocess
import time

from . import process
from .spec import CONTROLLER_PORT, KAFKA_PORT, STACK, LabError

STARTED = b"Kafka Server started"
START_SECONDS_MAX = 90


def check(lab):
    """Says before anything is built up what a cluster of this kind lacks."""
    if not lab.kafka_libs.is_dir():
        raise LabError(f"Kafka {lab.kafka} is not installed ({lab.kafka_libs} is missing); "
                       "run scripts/install-deps, which brings 4.3.1 and 3.9.2")
    if shutil.which(java()) is None:
        raise LabError("no java found; run scripts/install-deps")


def up(lab, say, *jvm_options):
    began = time.monotonic()
    format_storage(lab)
    started = [(node, start(lab, node, *jvm_options)) for node in lab.nodes]
    for node, broker in started:
        wait_started(lab, node, broker)
        say(f"broker {node} is up at {lab.broker_address(node)}:{KAFKA_PORT} "
            f"({time.monotonic() - began:.1f} s)")


def start_one(lab, node):
    if process.recorded_pid(pid_file(lab, node), lab.broker_netns):
        raise LabError(f"broker {node} is running already")
    wait_started(lab, node, start(lab, node))


def end_one(lab, node, signum):
    """Ends one node; a clean stop hands its partitions over first, which takes seconds."""
    if not process.end(pid_file(lab, node), lab.broker_netns, signum, patience=60.0):
        raise LabError(f"broker {node} is not running")


def pid_file(lab, node):
    return lab.dir / f"broker-{node}.pid"


def log_file(lab, node):
    return lab.logs / f"broker-{node}.log"


def data_dir(lab, node):
    return lab.kafka_data / f"broker-{node}"


def java():
    return os.environ.get("KAFKA_JAVA", "java")


def java_command(lab, archive, log_config, *options):
    """Java with the jars of the lab's Kafka; 4.x reads log4j2 settings, 3.x log4j 1 settings."""
    kafka = STACK / "kafka"
    if archive.exists():
        options = [f"-XX:SharedArchiveFile={archive}", "-Xlog:disable", "-Xlog:all=error:stderr",
                   *options]
    if lab.kafka.startswith("3."):
        logging = f"-Dlog4j.configuration=file:{kafka}/{log_config}-log4j1.properties"
    else:
        logging = f"-Dlog4j2.configurationFile={kafka}/{log_config}-log4j2.yaml"
    return [java(), *options, "-cp", f"{lab.kafka_libs}/*", logging]


def format_storage(lab):
    """Formats the first node with Kafka's own tool and gives the others a copy.

    One JVM start instead of one a node. The copies carry the node's own number and no
    `directory.id`: a node makes its own.
    """
    # 16 bytes in base64; the leading zero keeps it from looking like an option.
    cluster = base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("=")
    for node in lab.nodes:
        data_dir(lab, node).mkdir(parents=True)
        properties_file(lab, node).write_text(server_properties(lab, node))
    done = subprocess.run(
        [*java_command(lab, lab.tools_archive, "tools", "-XX:TieredStopAtLevel=1",
                       "-XX:+UseSerialGC"),
         "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties_file(lab, 1))],
        text=True, capture_output=True)
    if done.returncode != 0:
        raise LabError(f"formatting broker 1 failed:\n{done.stdout}{done.stderr}")
    first = data_dir(lab, 1) / "log"
    for node in list(lab.nodes)[1:]:
        log = data_dir(lab, node) / "log"
        log.mkdir()
        shutil.copy(first / "bootstrap.checkpoint", log)
        (log / "meta.properties").write_text(f"version=1\ncluster.id={cluster}\nnode.id={node}\n")


def properties_file(lab, node):
    return lab.dir / f"broker-{node}.properties"


def server_properties(lab, node):
    host = lab.broker_address(node)
    bound = [f"PLAINTEXT://{host}:{KAFKA_PORT}", f"CONTROLLER://{host}:{CONTROLLER_PORT}"]
    advertised = [f"PLAINTEXT://{host}:{KAFKA_PORT}"]
    protocols = ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"]
    for listener in lab.listeners:
        name, port, advertised_host, advertised_port = listener.split(":")
        bound.append(f"{name}://{host}:{port}")
        advertised.append(f"{name}://{advertised_host}:{advertised_port}")
        protocols.append(f"{name}:PLAINTEXT")
    voters = ",".join(f"{n}@{lab.broker_address(n)}:{CONTROLLER_PORT}" for n in lab.nodes)
    replicas = min(lab.brokers, 3)
    in_sync = 2 if replicas == 3 else 1
    settings = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(bound),
        "advertised.listeners": ",".join(advertised),
        "listener.security.protocol.map": ",".join(protocols),
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": data_dir(lab, node) / "log",
        "auto.create.topics.enable": "true",
        "num.partitions": 1,
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 3,
        "num.io.threads": 4,
        "log.segment.bytes": 256 * 1024 * 1024,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    if not lab.kafka.startswith("3."):
        settings |= {"share.coordinator.state.topic.replication.factor": replicas,
                     "share.coordinator.state.topic.min.isr": in_sync}
    settings |= dict(setting.split("=", 1) for setting in lab.broker_config)
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def start(lab, node, *jvm_options):
    options = os.environ.get("SLUICE_LAB_BROKER_JVM", "-Xms256m -Xmx1g -XX:+UseG1GC").split()
    log_file(lab, node).unlink(missing_ok=True)  # the line that says "started" must be this start's
    return process.start(lab.broker_netns, pid_file(lab, node), log_file(lab, node),
                         *java_command(lab, lab.broker_archive, "broker", *options, *jvm_options),
                         "kafka.Kafka", properties_file(lab, node))


def wait_started(lab, node, broker):
    def settled():
        return broker.poll() is not None or STARTED in log_file(lab, node).read_bytes()
    in_time = process.wait_until(settled, START_SECONDS_MAX)
    if not in_time or broker.poll() is not None:
        what = f"ended with code {broker.poll()}" if in_time else f"took over {START_SECONDS_MAX} s"
        raise LabError(f"broker {node} {what}; the end of its log:\n"
                       f"{process.tail(log_file(lab, node))}")
