"""The load generator: one run, its figures, and the command as a reader can repeat it."""
import json

from .process import StepFailed, run

KEYS = 10_000
HEAT = 40  # Seconds. Three servers of ours on two processors still compile after half of it.
SESSIONS_BROKE = 4  # zkload's exit code; its figures are printed nevertheless


def call(setting, hosts, pids, arguments, timeout, accept=()):
    """Runs zkload once. Returns its JSON object and the command, without paths."""
    command = ['--hosts', hosts, '--engine', 'raw', *(['--pid', pids] if pids else []), *[str(a) for a in arguments]]
    out = run([setting.zkload, *command], timeout, accept=accept)
    try:
        found = json.loads(out.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise StepFailed(f'zkload printed no result: {" ".join(command)}: {out[-200:]}') from None
    shown = ['--hosts', 'HOSTS', '--engine', 'raw', *(['--pid', 'PIDS'] if pids else []), *[str(a) for a in arguments]]
    return found, 'zkload ' + ' '.join(shown)


def run_load(setting, ensemble, op, clients, pipeline, *, seconds=None, warmup=None, size=128, keys=KEYS, threads=1, extra=(), timeout=120, calm=0.3):
    """One load run. It is done once more when requests stayed without a good answer, or when other processes took more than `calm` cores; the better one counts."""
    seconds = setting.scale(3, 0.7) if seconds is None else seconds
    warmup = setting.scale(1, 0.3) if warmup is None else warmup
    best = None
    for _ in range(2):
        found, command = call(setting, ensemble.hosts, ensemble.pid_list(), [
            '--spread', '--op', op, '--clients', clients, '--pipeline', pipeline, '--size', size, '--keys', keys, '--threads', threads,
            '--warmup', warmup, '--seconds', seconds, '--prefix', f'/b{size}', *extra], timeout, accept=(SESSIONS_BROKE,))
        if best is None or _quality(found) < _quality(best):
            best = found
        if not errors_of(best) and (setting.quick or best['other_cores'] <= calm):
            break
    if not best.get('ops') and 'rounds' not in best:
        raise StepFailed(f'{op} {clients}x{pipeline}: no operation was answered: {errors_of(best)}')
    return figures(best), command


def errors_of(found):
    """What went wrong in the measured time: error codes, and sessions and requests that got no answer."""
    errors = {k: n for k, n in (found.get('errors') or {}).items() if k != 'outside_window'}
    return {**errors, **{k: found[k] for k in ('dead_sessions', 'unanswered', 'w_err') if found.get(k)}}


def _quality(found):
    return bool(errors_of(found)), found['other_cores']


def figures(found):
    """What of a run is kept."""
    kept = {k: found[k] for k in ('ops_s', 'p50_us', 'p99_us', 'p999_us', 'max_us', 'server_cpu_us_per_op', 'server_cores', 'client_cores', 'other_cores',
                                  'notif_per_s_in_fanout', 'rounds') if k in found}
    kept['rss_mb'] = round(sum(s['rss_kb'] for s in found.get('servers', ())) / 1024, 1)
    if found.get('machine', {}).get('steal', 0) > 0.01:
        kept['steal'] = found['machine']['steal']
    if found.get('disk'):
        kept['flushes_s'] = found['disk']['flush_s']
    errors = errors_of(found)
    if errors:
        kept['errors'] = errors
    if 'last' in found:
        kept['last_p50_us'], kept['last_p99_us'] = found['last']['p50_us'], found['last']['p99_us']
    return kept


def heat(setting, ensemble, seconds=None):
    """Warms a server up, its compiler above all; nothing of it is recorded. Both sides get the same."""
    seconds = setting.scale(HEAT, 1.5) if seconds is None else seconds
    for op in ('mixed:50', 'create', 'multi'):
        call(setting, ensemble.hosts, '', ['--spread', '--op', op, '--clients', 16, '--pipeline', 32, '--warmup', 0, '--seconds', round(seconds / 3, 2),
                                           '--keys', KEYS, '--prefix', '/heat'], 60 + 3 * seconds)


