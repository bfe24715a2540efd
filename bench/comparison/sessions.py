"""5,000 sessions: how fast they connect, what they weigh, what they cost while they only ping."""
import time

from .zkload import call


def _connect(setting, ensemble, count, hold):
    return call(setting, ensemble.hosts, ensemble.pid_list(), [
        '--spread', '--op', 'sessions', '--clients', count, '--hold', hold, '--timeout', 30_000, '--conc', 64], 120 + hold)


def weigh(setting, ensemble):
    """What sessions weigh: on servers whose heaps have not grown under load yet, once the code that they need is loaded."""
    count = setting.scale(5_000, 300)
    _connect(setting, ensemble, max(1, count // 10), 0)
    time.sleep(setting.scale(2, 0.5))
    found, _ = _connect(setting, ensemble, count, setting.scale(5, 1))
    return {'bytes_per_session': sum(s['end'] - s['before'] for s in found['hold']['rss']) * 1024 / count, 'cold_sessions_s': found['sessions_s']}


def connect(setting, ensemble, weighed):
    """How fast they connect to heated servers, and what it costs to keep them."""
    found, command = _connect(setting, ensemble, setting.scale(5_000, 300), setting.scale(30, 3))
    return {
        'sessions_s': found['sessions_s'], 'connect_cpu_us': found['server_cpu_us_per_op'], 'p99_us': found['p99_us'],
        'idle_percent_of_core': 100 * found['hold']['idle_server_cores'], 'alive_at_end': found['alive_at_end'], 'other_cores': found['other_cores'], **weighed,
    }, command
