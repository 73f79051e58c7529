"""What a command takes."""
import os, subprocess, sys, time


def timed(command, **options):
    """Wall seconds, CPU seconds and peak MiB of a command; stops on failure."""
    start = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"failed ({status}): {' '.join(map(str, command))[:300]}")
    return {"wall_s": round(time.time() - start, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "peak_mib": usage.ru_maxrss // 1024}
