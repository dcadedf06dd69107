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
    seconds: float  # with those of its ended and awaited children


def _processes():
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(entry)] = _Process(int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
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


def _seconds(pids):
    """CPU time of whole processes, threads that ended included, to the nanosecond.

    The clock of a process (clock_getcpuclockid) is what /proc/PID/stat shows in ticks.
    """
    total = 0
    for pid in pids:
        try:
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            pass  # it ended
    return total / 1e9


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
        processes = _processes()
        self._proxy = _tree(processes, proxy_pids)
        self._broker = _tree(processes, [broker_pid])
        for pid in self._proxy:
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
        self._before = self._strangers(processes)
        self._machine, self._steal = _machine_seconds()
        self._children = self._client_seconds()
        self._proxy_seconds, self._broker_seconds = _seconds(self._proxy), _seconds(self._broker)
        self._began = time.monotonic()

    def read(self):
        wall = time.monotonic() - self._began
        machine, steal = _machine_seconds()
        used = {
            "wall_s": wall,
            "cpu_s": _seconds(self._proxy) - self._proxy_seconds,
            "broker_cpu_s": _seconds(self._broker) - self._broker_seconds,
            "client_cpu_s": self._client_seconds() - self._children,
            "machine_cpu_s": machine - self._machine,
            "steal_s": steal - self._steal,
            "foreign_cpu_s": self._strangers(_processes()) - self._before,
        }
        used = {key: round(max(value, 0.0), 4) for key, value in used.items()}
        return used | {"peak_kb": _memory_kb(self._proxy, "VmHWM")}

    @staticmethod
    def _client_seconds():
        """The clients are children of this very process and have ended when this is read."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def _strangers(self, processes):
        """CPU time of all other user processes.

        A process that ends hands its time to the parent that awaits it, so the sum over those alive
        misses almost nothing; kernel threads work for whoever is measured.
        """
        ours = self._proxy | self._broker | {os.getpid()}
        return sum(process.seconds for pid, process in processes.items()
                   if pid not in ours and _KERNEL_THREADS not in (pid, process.parent))


def describe():
    """The machine in a few words."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory),
            "kernel": platform.release()}
