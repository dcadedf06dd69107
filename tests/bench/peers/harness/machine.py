"""What processes and the machine used: CPU time, memory, and what strangers took meanwhile."""

import dataclasses
import os
import pathlib
import platform
import resource
import time

_TICKS = os.sysconf("SC_CLK_TCK")
_KERNEL_THREADS = 2  # the pid of kthreadd, parent of them all


@dataclasses.dataclass
class _Process:
    parent: int
    own: float
    children: float  # what those of its children had used that have ended and were awaited


def _processes():
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        times = [int(field) / _TICKS for field in fields[11:15]]
        found[int(entry)] = _Process(int(fields[1]), sum(times[:2]), sum(times[2:]))
    return found


def _tree(processes, roots):
    """The roots that are there, and all that descend from them."""
    children = {}
    for pid, process in processes.items():
        children.setdefault(process.parent, []).append(pid)
    pending, found = [pid for pid in roots if pid in processes], set()
    while pending:
        pid = pending.pop()
        found.add(pid)
        pending.extend(child for child in children.get(pid, []) if child not in found)
    return found


def _seconds(processes, pids):
    """CPU time of whole processes, their ended threads and children included.

    A process has a clock (clock_getcpuclockid), which shows in nanoseconds what its stat file
    shows in ticks. The time of a child that ends moves to its parent, so a tree loses nothing.
    """
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime_ns((~pid << 3) | 2) / 1e9 + processes[pid].children
        except OSError:
            pass  # it ended
    return total


def _machine_seconds():
    """(all CPU time that was not idle, the part that the hypervisor kept)."""
    fields = [int(v) / _TICKS for v in pathlib.Path("/proc/stat").read_text().split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return user + nice + system + irq + softirq + steal, steal


def _memory_kb(pids, key):
    total = 0
    for pid in pids:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += next((int(line.split()[1]) for line in status.splitlines()
                       if line.startswith(key + ":")), 0)
    return total


def resident_kb(roots):
    return _memory_kb(_tree(_processes(), roots), "VmRSS")


class Meter:
    """Measures from its making to `read`, for a proxy (pids and their descendants) and a broker."""

    def __init__(self, proxy_pids, broker_pid):
        self._proxy_pids, self._broker_pid = proxy_pids, broker_pid
        for pid in _tree(_processes(), proxy_pids):
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
        self._before, _ = self._used()
        self._began = time.monotonic()

    def read(self):
        wall = time.monotonic() - self._began
        after, proxy = self._used()
        used = {key: round(max(value - self._before[key], 0.0), 4) for key, value in after.items()}
        return {"wall_s": round(wall, 4)} | used | {"peak_kb": _memory_kb(proxy, "VmHWM")}

    def _used(self):
        """(all CPU times up to now, the proxy's processes)"""
        processes = _processes()
        proxy, broker = _tree(processes, self._proxy_pids), _tree(processes, [self._broker_pid])
        machine, steal = _machine_seconds()
        return {
            "cpu_s": _seconds(processes, proxy),
            "broker_cpu_s": _seconds(processes, broker),
            "client_cpu_s": self._client_seconds(),
            "machine_cpu_s": machine,
            "steal_s": steal,
            "foreign_cpu_s": self._strangers(processes, proxy | broker),
        }, proxy

    @staticmethod
    def _client_seconds():
        """The clients are children of this very process and have ended when this is read."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    @staticmethod
    def _strangers(processes, measured):
        """CPU time of all other user processes; kernel threads work for whoever is measured."""
        ours = measured | {os.getpid()}
        return sum(process.own + process.children for pid, process in processes.items()
                   if pid not in ours and _KERNEL_THREADS not in (pid, process.parent))


def describe():
    """The machine in a few words."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory),
            "kernel": platform.release()}
