"""What the kernel knows about a process: memory, CPU time, how often it was woken."""
import pathlib
import re
import time


def status(pid, field):
    return int(re.search(rf"(?m)^{field}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def rss(pid):
    """MB now."""
    return status(pid, "VmRSS") / 1024


def peak_rss(pid):
    """MB, since it began."""
    return status(pid, "VmHWM") / 1024


def cpu(pid):
    """ms of all threads, also of those that have ended: clock_getcpuclockid(3), to the microsecond where /proc/PID/stat
    counts in hundredths of a second."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e6


def switches(pid):
    """How often its threads were taken on and off a processor: what an idle process wakes up for."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += sum(int(number) for number in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text()))
    return total
