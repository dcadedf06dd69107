"""Sluice in the lab's gateway namespace: its configuration, its daemon, and its removal."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import process
from .spec import METRICS, STACK, LabError

READY_SECONDS_MAX = 30

CONFIG = """\
version: 1
deploy: router
run_id: {id}
interfaces:
  clients: [g0]
clusters:
  - name: lab
    networks: [10.91.2.0/24]
    ipv6_networks: ["fd00:91:2::/64"]
    ports: [9092]
    plaintext_tokens: accepted
identity_providers:
  - name: lab
    issuer: https://issuer.test
    audiences: [sluice]
    jwks: {idp}/jwks.json
people:                      # numbers: whoever has that uid, with or without a name
  - {{user: "61001", human: carol@example.org, groups: [owners], roles: [approver]}}
  - {{user: "61002", human: dave@example.org, groups: [owners], roles: [approver]}}
  - {{user: "61003", human: alice@example.org, groups: [owners], roles: [approver]}}
  - {{user: "61004", human: erin@example.org, roles: [viewer]}}
  - {{user: "61005", human: adm@example.org, roles: [admin]}}
  - {{user: "61006", human: ann@example.org, roles: [auditor]}}
data: {data}
listen:
  metrics: {metrics}
  control: {control}
policies: {policies}
log:
  level: {level}
"""


# What a lab allows where no policy file is given: everything, so that what a test sees is the
# protocol's and not a rule's.
EVERYTHING = """\
version: 1
grants:
  - {id: everything, to: ["*"], allow: ["*"], topics: ["*", "__*"], groups: ["*"],
     transactional_ids: ["*"]}
"""


def check(lab):
    if lab.policy and not pathlib.Path(lab.policy).is_file():
        raise LabError(f"policy file {lab.policy!r} is not there")
    for program in ("sluiced", "sluice"):
        if not os.access(lab.program(program), os.X_OK):
            raise LabError(f"{lab.program(program)} is not there; run scripts/build "
                           "(or set SLUICE_BIN_DIR, or use --direct for the route without Sluice)")


def up(lab, say):
    lab.policies.mkdir()
    process.run(STACK / "issuer.py", "--dir", lab.idp, "init")
    lab.data.mkdir()
    write_mask_keys(lab)
    if lab.audit_size:
        lab.audit.mkdir(mode=0o700)
        process.run("mount", "-t", "tmpfs", "-o", f"size={lab.audit_size}m,mode=0700",
                    f"sluice-{lab.id}", lab.audit)
    if lab.policy:
        shutil.copy(lab.policy, lab.policies)
    else:
        (lab.policies / "everything.yaml").write_text(EVERYTHING)
    lab.config.write_text(CONFIG.format(
        id=lab.id, data=lab.data, metrics=METRICS, policies=lab.policies, idp=lab.idp,
        control=lab.control,
        level=os.environ.get("SLUICE_LAB_LOG_LEVEL", "info")) + mask_keys(lab))
    began = time.monotonic()
    start(lab)
    say(f"sluiced is ready ({time.monotonic() - began:.1f} s)")


def write_mask_keys(lab):
    lab.keys.mkdir(mode=0o700)
    for name in lab.mask_keys:
        (lab.keys / name).touch(mode=0o600)
        (lab.keys / name).write_bytes(os.urandom(32))


def mask_keys(lab):
    """Their part of the configuration."""
    if not lab.mask_keys:
        return ""
    return "keys:\n" + "".join(
        f"  - {{name: {name}, id: {name}, file: {lab.keys / name}}}\n" for name in lab.mask_keys)


def start(lab):
    """Starts the daemon and returns when it says that it is ready."""
    if process.recorded_pid(pid_file(lab), lab.gateway_netns):
        raise LabError("sluiced is running already")
    daemon = process.start(lab.gateway_netns, pid_file(lab), log_file(lab),
                           lab.program("sluiced"), "--config", lab.config)
    in_time = process.wait_until(lambda: daemon.poll() is not None or ready(lab), READY_SECONDS_MAX)
    if not in_time or daemon.poll() is not None:
        what = f"ended with code {daemon.poll()}" if in_time else "was not ready in time"
        raise LabError(f"sluiced {what}; the end of its log:\n{process.tail(log_file(lab))}")


def end(lab, signum=signal.SIGTERM):
    if not process.end(pid_file(lab), lab.gateway_netns, signum, patience=20.0):
        raise LabError("sluiced is not running")


def uninstall(lab, say):
    """Removes what a stopped daemon leaves in place on purpose: program, rule, route, guard.

    Says what failed and goes on: the rest of the lab has to go all the same.
    """
    if not lab.config.exists():
        return
    process.end(pid_file(lab), lab.gateway_netns, patience=20.0)
    try:
        process.run(*process.inside(lab.gateway_netns, lab.program("sluice"), "uninstall",
                                    "--config", lab.config))
    except LabError as error:
        say(str(error))
    pins = pathlib.Path(f"/sys/fs/bpf/sluice-{lab.id}")
    if pins.exists():
        say(f"`sluice uninstall` left {pins}; removing it")
        shutil.rmtree(pins)


def unmount(lab):
    """Its disk goes with the last process that could have a file open there."""
    if os.path.ismount(lab.audit):
        process.run("umount", lab.audit)


def ready(lab):
    asked = subprocess.run(
        process.inside(lab.gateway_netns, "curl", "-sf", "--max-time", "2", "-o", "/dev/null",
                       f"http://{METRICS}/readyz"), stderr=subprocess.DEVNULL)
    return asked.returncode == 0


def pid_file(lab):
    return lab.dir / "sluiced.pid"


def log_file(lab):
    return lab.logs / "sluiced.log"
