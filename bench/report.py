#!/usr/bin/env python3
"""report.py RESULTS.jsonl: writes RESULTS.md and plots/ from what compare.py measured, with the notes of notes.md."""
import argparse
import os
import re
import sys

from comparison.ensemble import OURS, THEIRS
from comparison.plot import draw, short
from comparison.results import read
from comparison.rows import CURVES, METRICS, ROWS, SECTIONS
from comparison.summary import Runs, figure, judge, median, shape, show
from comparison.zkload import HEAT

HERE = os.path.dirname(os.path.abspath(__file__))
SIDES = ((OURS, 'GrainKeeper'), (THEIRS, 'ZooKeeper'))


def read_notes(path):
    """Notes by the name of their row, section or curve: what follows a heading `## name`."""
    notes, name = {}, None
    if os.path.exists(path):
        with open(path) as f:
            for line in f:
                if line.startswith('## '):
                    name = line[3:].strip()
                    notes[name] = ''
                elif name:
                    notes[name] += line
    return {k: v.strip() for k, v in notes.items() if v.strip()}


def spread(metric, values, take):
    if not values:
        return '**missing**'
    text = figure(metric, take)
    low, high = figure(metric, min(values)), figure(metric, max(values))
    unit = METRICS[metric][2]
    return text + (f' ({low}–{high})' if low != high else '') + (f' {unit}' if unit else '')


def goal_text(goal):
    sign = '≤' if goal.better == '<=' else '≥'
    unit = METRICS[goal.metric][2]
    return f'{sign} {goal.limit:g} ×' if goal.against == 'zookeeper' else f'{sign} {figure(goal.metric, goal.limit)}' + (f' {unit}' if unit else '')


def verdict_text(v):
    if v.goal is None:
        return ''
    if v.met is None:
        return '**missing**'
    if v.met:
        return 'met'
    difference = f'{abs(v.reached - v.goal.limit):.2f} ×' if v.goal.against == 'zookeeper' else f'{figure(v.metric, abs(v.reached - v.goal.limit))} {METRICS[v.metric][2]}'.strip()
    return f'**misses by {difference}** ({100 * v.short_by:.0f} %)' if v.goal.limit else f'**misses by {difference}**'


def cores(runs, row):
    parts = []
    for side, _ in SIDES:
        servers, generator = runs.values(row.name, side, 'server_cores'), runs.values(row.name, side, 'client_cores')
        parts.append(f'{median(servers):.1f} + {median(generator):.1f}' if servers and generator else '')
    return ' / '.join(parts) if any(parts) else ''


def row_lines(runs, row):
    verdicts = [judge(runs, row, goal) for goal in row.goals] + [show(runs, row, metric) for metric in row.shown]
    lines = []
    for i, v in enumerate(verdicts):
        theirs = '–' if row.ours_only or (not v.theirs and v.metric == 'idle') else spread(v.metric, v.theirs, v.theirs_value or 0)
        lines.append('| ' + ' | '.join([
            row.title if i == 0 else '', METRICS[v.metric][0], spread(v.metric, v.ours, v.ours_value), theirs, f'{v.ratio:.2f} ×' if v.ratio is not None else '',
            goal_text(v.goal) if v.goal else '', verdict_text(v), cores(runs, row) if i == 0 else '']) + ' |')
    return lines, verdicts


def trouble(runs, row):
    found = []
    for side, name in SIDES:
        for error in runs.failures(row.name, side):
            found.append(f'{row.title}, {name}: a run failed: {error[:300]}')
        for line in runs.good(row.name, side):
            if line['figures'].get('errors'):
                found.append(f'{row.title}, {name}: in a run some requests failed or got no answer: {line["figures"]["errors"]}')
    return list(dict.fromkeys(found))


def section_text(runs, section, notes, used):
    out = [f'## {section.title}', '', f'Goal: {section.goal}.', '',
           '| row | figure | GrainKeeper | ZooKeeper | ratio | goal | | cores: servers + generator, ours / its |', '|---|---|---|---|---|---|---|---|']
    judged, remarks = [], []
    for row in section.rows:
        lines, verdicts = row_lines(runs, row)
        out += lines
        judged += [(row, v) for v in verdicts if v.goal]
        remarks += trouble(runs, row)
        if row.name in notes:
            used.add(row.name)
            remarks.append(f'{row.title}: {notes[row.name]}')
    out += ['', *([notes[section.title], ''] if section.title in notes else []), *(f'- {r}' for r in remarks)]
    used.add(section.title)
    unexplained = [row.title for row in section.rows if row.name not in notes and section.title not in notes and any(r is row and v.met is False for r, v in judged)]
    if unexplained:
        out.append(f'- Not explained yet: {"; ".join(unexplained)}.')
    return '\n'.join(out).rstrip() + '\n', judged


def curve_text(runs, curve, notes, used, folder):
    series, lines = [], []
    for side, name in SIDES:
        for key, what in curve.series.items():
            points = []
            for x in runs.points(curve.name, side, key):
                figures = [median(runs.values(curve.name, side, metric, key, x)) for metric in ('ops_s', 'server_cpu_us_per_op')]
                points.append((x, *figures))
            if not points:
                continue
            series.append((side, what.label, points))
            found = shape(points, what.grows)
            if side == OURS and found:
                lines.append(
                    f'- {what.label}: {found.first[1]:,.1f} µs at {short(found.first[0])}, {found.last[1]:,.1f} µs at {short(found.last[0])}; steepest from {short(found.between[0])} to '
                    f'{short(found.between[1])}, where the cost grows with the power {found.steepest:.2f} of the {curve.x}, the work with {what.grows}: '
                    + ('linear or better.' if found.linear else '**worse than linear there.**'))
    out = [f'### {curve.title}', '']
    ours = [s for s in series if s[0] == OURS]
    if not ours:
        return '\n'.join([*out, '**missing**', '']), False
    with open(os.path.join(folder, 'plots', curve.name + '.svg'), 'w') as f:
        f.write(draw(curve.title, curve.x, curve.op, series))
    out += [f'![{curve.title}](plots/{curve.name}.svg)', '', *lines]
    for key, what in curve.series.items():
        failed = [(side, x) for side, _ in SIDES for (r, s, k, x) in runs._of if (r, s, k) == (curve.name, side, key) and not runs.good(r, s, k, x)]
        out += [f'- {what.label}, {side} at {short(x)}: failed: {runs.failures(curve.name, side, key, x)[0][:300]}' for side, x in failed]
    if curve.name in notes:
        used.add(curve.name)
        out.append(f'- {notes[curve.name]}')
    return '\n'.join([*out, '']), True


def environment_text(runs):
    if not runs.environments:
        return 'No measurement yet.\n'
    last = runs.environments[-1]
    flush = last.get('fdatasync', {}).get('prezeroed', {})
    versions = sorted({line['version'] for key in runs._of.values() for line in key.values() if line['side'] == THEIRS and line.get('version')})
    out = [
        f'Measured {runs.environments[0]["date"]} to {last["date"]}. GrainKeeper: commit {", ".join(dict.fromkeys(e["commit"] for e in runs.environments))}, .NET SDK {last["dotnet"]}. '
        f'ZooKeeper {", ".join(versions) or last["zookeeper"]} (Debian {last["zookeeper"]}), {last["java"]}.',
        f'Machine: {last["cpu"]}, {last["cpus"]} processors, {last["memory_gb"]} GiB, Linux {last["kernel"]}; all servers and the load generator on it. tickTime {last["tick_ms"]} ms, everything else default; '
        'every write is flushed before it is acknowledged, by both.'
        + (f' One append with fdatasync: p50 {flush["p50_us"]:.0f} µs, p99 {flush["p99_us"]:.0f} µs, longest {flush["max_us"] / 1000:.1f} ms.' if flush else '')]
    if runs.any_quick():
        out.insert(0, '**From quick runs, which show that everything works: these figures are no measurement.**\n')
    return '\n'.join(out) + '\n'


def summary_text(judged_by_section):
    out = ['| row | goals met | widest miss |', '|---|---|---|']
    met = total = 0
    for section, judged in judged_by_section:
        good, misses = sum(1 for _, v in judged if v.met), [(v.short_by, row, v) for row, v in judged if v.met is False]
        missing = sum(1 for _, v in judged if v.met is None)
        met, total = met + good, total + len(judged)
        worst = max(misses, key=lambda m: m[0], default=None)
        text = f'{worst[1].title}, {METRICS[worst[2].metric][0]}: {verdict_text(worst[2]).replace("**", "")}' if worst else ''
        out.append(f'| {section.title} | {good} of {len(judged)}{f", {missing} missing" if missing else ""} | {text} |')
    return '\n'.join([f'{met} of {total} goals are met.', '', *out, ''])


def commands_text(runs):
    out = ['## Commands', '', 'All of it: `bench/compare.py --bench DIR --zkload PATH --out FILE --rows all`, then `bench/report.py FILE` (`bench/README.md`). One row: `--rows NAME`. What each row ran, '
           f'after {HEAT} s of load on both sides (`HOSTS` and `PIDS` are those that the start script prints):', '', '| name | command |', '|---|---|']
    for name in (*ROWS, *CURVES):
        commands = [line['command'] for key, repetitions in runs._of.items() if key[0] == name for line in repetitions.values() if line.get('command')]
        if commands:
            text = commands[0] if name in ROWS else f'{commands[0]} … {commands[-1]}' if commands[-1] != commands[0] else commands[0]
            out.append(f'| {name} | `{text.replace("|", chr(92) + "|")}` |')
        else:
            out.append(f'| {name} | **missing** |')
    return '\n'.join([*out, ''])


def main():
    parser = argparse.ArgumentParser(description='Writes RESULTS.md and plots/ from a results file of compare.py.')
    parser.add_argument('results')
    parser.add_argument('--out', default=HERE, help='folder of RESULTS.md and plots/ (default: this one)')
    parser.add_argument('--notes', default=os.path.join(HERE, 'notes.md'))
    a = parser.parse_args()
    runs, notes, used = Runs(read(a.results)), read_notes(a.notes), set()
    os.makedirs(os.path.join(a.out, 'plots'), exist_ok=True)
    sections = [(section, *section_text(runs, section, notes, used)) for section in SECTIONS]
    curves = [curve_text(runs, curve, notes, used, a.out)[0] for curve in CURVES.values()]
    known = {*ROWS, *CURVES, *(s.title for s in SECTIONS), 'introduction'}
    for stray in sorted(set(notes) - known):
        print(f'report.py: notes.md has a note for {stray!r}, which is no row', file=sys.stderr)
    text = '\n'.join([
        '# Results', '', 'Written by `bench/report.py`; notes come from `bench/notes.md`.', '', environment_text(runs), *([notes['introduction'], ''] if 'introduction' in notes else []),
        'Figures are medians of the repetitions (lowest–highest), ratios GrainKeeper ÷ ZooKeeper. `16x32` is 16 sessions with 32 requests in flight each, values of 128 B.', '',
        summary_text([(s, judged) for s, _, judged in sections]), *(text for _, text, _ in sections),
        '## Curves', '', 'Both axes are logarithmic.', '', *curves, commands_text(runs)])
    with open(os.path.join(a.out, 'RESULTS.md'), 'w') as f:
        f.write(re.sub(r'\n{3,}', '\n\n', text).rstrip() + '\n')


if __name__ == '__main__':
    sys.exit(main())
