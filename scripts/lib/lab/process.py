"""Starts and ends the lab's processes.

A process belongs to a lab while it lives in one of the lab's network namespaces. Nothing else is
ever signalled: a recorded pid that now belongs to a stranger is not in our namespaces.
"""

import os
import pathlib
import signal
import subprocess
import time

from .spec import LabError


def inside(netns, *command):
    """The command line that runs `command` in a namespace.

    Not `ip netns exec`: that mounts a fresh /sys, which hides cgroup2 and bpffs.
    """
    return ["nsenter", f"--net=/run/netns/{netns}", "--", *map(str, command)]


def run(*command, text=None, env=None):
    """Runs a short set-up command; its own words are the error."""
    done = subprocess.run(list(map(str, command)), input=text, text=True, capture_output=True,
                          env=env)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise LabError(f"`{' '.join(map(str, command))}` failed: {words}")
    return done.stdout


def start(netns, pid_file, log, *command, env=None):
    """Starts a lasting process in a namespace, in a session of its own; it writes to `log`."""
    with open(log, "ab") as output:
        process = subprocess.Popen(inside(netns, *command), stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True, env=env)
    pathlib.Path(pid_file).write_text(f"{process.pid}\n")
    return process


def pids_in(namespaces):
    """Every process in the namespaces, but not this one or those it was started by."""
    known = {path.name for path in pathlib.Path("/run/netns").glob("sl*")}
    pids = set()
    for netns in namespaces:
        if netns in known:
            pids |= {int(pid) for pid in run("ip", "netns", "pids", netns).split()}
    return pids - ancestors()


def ancestors():
    pid, found = os.getpid(), set()
    while fields := stat_fields(pid):
        found.add(pid)
        pid = int(fields[1])  # the parent; 0 above the first process
    return found


def recorded_pid(pid_file, netns):
    """The process of a pid file, or None when it has gone."""
    try:
        pid = int(pathlib.Path(pid_file).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid in pids_in([netns]) else None


def end(pid_file, netns, first=signal.SIGTERM, patience=10.0):
    """Ends a recorded process, with SIGKILL when `first` does not do it. True if it was there."""
    pid = recorded_pid(pid_file, netns)
    if pid is not None:
        send(pid, first)
        if not wait_until(lambda: not alive(pid), patience):
            send(pid, signal.SIGKILL)
            wait_until(lambda: not alive(pid), patience)
    pathlib.Path(pid_file).unlink(missing_ok=True)
    return pid is not None


def end_all(namespaces):
    """Kills whatever still runs in the namespaces, also what has left its parent's session."""
    def swept():
        pids = {pid for pid in pids_in(namespaces) if alive(pid)}
        for pid in pids:
            send(pid, signal.SIGKILL)
        return not pids
    if not wait_until(swept, 10.0):
        raise LabError(f"processes {sorted(pids_in(namespaces))} do not end")


def send(pid, signum):
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        pass  # it ended first


def alive(pid):
    """False for a zombie too: it waits only for its parent, and uses nothing."""
    try:
        os.waitpid(pid, os.WNOHANG)  # ours may be a child of this very process
    except ChildProcessError:
        pass
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX"


def identity(pid):
    """A name for this process that no later one with the same pid has: pid and start time."""
    fields = stat_fields(pid)
    return f"{pid}:{fields[19]}" if fields else "gone"


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on, or none when the process has gone."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return stat.rpartition(")")[2].split()


def wait_until(condition, seconds, pause=0.05):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def tail(log, lines=30):
    try:
        return "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
