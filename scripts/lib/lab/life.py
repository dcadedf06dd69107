"""A lab's life: up, down, and the preparation that makes the next ones come up quickly."""

import fcntl
import signal
import sys
import time

from . import brokers, gateway, network, process
from .spec import Lab, labs_dir


def say(text):
    print(f"lab: {text}", file=sys.stderr, flush=True)


def bring_up(lab):
    brokers.check(lab)
    if not lab.direct:
        gateway.check(lab)
    sweep()
    lab.claim()
    began = time.monotonic()
    try:
        network.up(lab)
        say(f"{lab.id}: client, gateway and broker networks are up")
        brokers.up(lab, say)
        if lab.direct:
            say("no Sluice between them (--direct)")
        else:
            gateway.up(lab, say)
        say(f"{lab.id} is up: Kafka {lab.kafka} at {lab.bootstrap} "
            f"({time.monotonic() - began:.1f} s)")
    except BaseException:
        take_down(lab)
        raise


def take_down(lab):
    """Removes every trace of a lab, in whatever state it is. Not to be interrupted."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    remove(lab)
    say(f"{lab.id} is down")


def remove(lab):
    gateway.uninstall(lab, say)
    process.end_all(lab.netns)
    gateway.unmount(lab)
    network.down(lab)
    lab.remove_files()


def sweep():
    """Removes the labs whose `lab run` was killed before it could."""
    with open(labs_dir() / "sluice-lab.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another lab is at it
        for lab in Lab.all():
            if lab.owner and lab.owner != process.identity(lab.owner.partition(":")[0]):
                say(f"removing {lab.id}, whose `lab run` was killed")
                remove(lab)


def prime(lab):
    """Writes a Kafka version's class data archives: classes that later JVMs map in as they are.

    A JVM writes one when it ends, so a broker and a tool are run for it, in a lab of their own.
    """
    brokers.check(lab)
    for archive in (lab.broker_archive, lab.tools_archive):
        archive.unlink(missing_ok=True)
    lab.claim()
    say(f"preparing Kafka {lab.kafka} to start quickly")
    try:
        network.up(lab)
        broker_archive, tools_archive = lab.dir / "broker.jsa", lab.dir / "tools.jsa"
        brokers.up(lab, say, f"-XX:ArchiveClassesAtExit={broker_archive}")
        kt(lab, "producer", "--topic", "prime", text="one\n")
        kt(lab, "consumer", "--topic", "prime", "--group", "prime", "--from-beginning",
           "--max-messages", 1, options=f"-XX:ArchiveClassesAtExit={tools_archive}")
        brokers.end_one(lab, 1, signal.SIGTERM)
        lab.keep_archive(broker_archive, lab.broker_archive)
        lab.keep_archive(tools_archive, lab.tools_archive)
    finally:
        take_down(lab)


def kt(lab, *arguments, text=None, options=""):
    process.run(*process.inside(lab.client_netns[0], "kt", *arguments), text=text,
                env=lab.environment() | {"KT_JOPTS": options})
