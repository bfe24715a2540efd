"""What the measurement ran on."""
import json
import os
import platform
import subprocess
import time

from .process import StepFailed, run


def _first(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20, check=False)
        return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else 'unknown'
    except OSError:
        return 'unknown'


def _cpu_model():
    with open('/proc/cpuinfo') as f:
        return next((line.partition(':')[2].strip() for line in f if line.startswith('model name')), platform.machine())


def flush_latency(setting):
    """fdatasync of an append of 512 B, in microseconds, by the load generator's fsynclat."""
    tool = os.path.join(os.path.dirname(setting.zkload), 'fsynclat')
    if not os.path.exists(tool):
        return {}
    try:
        out = run([tool, setting.directory, 0.5 if setting.quick else 2], 60)
    except StepFailed:
        return {}
    lines = [json.loads(line) for line in out.splitlines() if line.startswith('{')]
    return {line['fsync']: {k: line[k] for k in ('p50_us', 'p99_us', 'max_us')} for line in lines}


def describe(setting, root):
    """One line of the results: versions, date and machine. Paths are left out: results are published."""
    def git(*a):
        return _first(['git', '-C', root, *a])
    return {
        'row': 'environment', 'date': time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime()), 'quick': setting.quick, 'reps': setting.reps,
        'commit': git('rev-parse', '--short=10', 'HEAD') + (' with changes' if git('status', '--porcelain', '--', 'src') not in ('unknown', '') else ''),
        'zookeeper': _first(['dpkg-query', '-W', '-f', '${Version}', 'zookeeper']), 'java': _first(['java', '-version']),
        'dotnet': _first(['dotnet', '--version']), 'kernel': platform.release(), 'cpus': os.cpu_count(), 'cpu': _cpu_model(),
        'memory_gb': round(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30, 1), 'tick_ms': setting.tick,
        'fdatasync': flush_latency(setting),
    }
