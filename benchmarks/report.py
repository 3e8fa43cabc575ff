"""From turns to the figures that are read: summaries, ratios, a table."""

from benchmarks.arithmetic import paired_ratios, summarise

DISTURBED = 0.10  # a round is disturbed when others used more than this part of all CPU time


def milliseconds(turns, peer):
    """The peer's ms per step, round by round."""
    mine = [turn for turn in turns if turn["peer"] == peer]
    return [turn["ms_per_step"] for turn in sorted(mine, key=lambda turn: turn["round"])]


def disturbed_rounds(turns):
    """Numbers of the rounds in which other processes kept a part of the CPUs busy."""
    return sorted(
        {t["round"] for t in turns if t["cpu_others"] is not None and t["cpu_others"] > DISTURBED}
    )


def _mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def analyse(turns, peers, floors, reference, cpus, rivals=()):
    """Summaries per peer, ratios to the reference and to the floor.

    Parameters
    ----------
    turns : list of dict
        From :func:`benchmarks.rounds.take_turns`.
    peers, floors : list of str
        Names; the floors only multiply matrices.
    reference : str
        The peer whose time is divided by each of the others'.
    cpus : int
        CPUs of the machine, to express CPU use in CPUs.
    rivals : list of str
        The peers whose fastest, by its median, each peer's time is divided by.

    Returns
    -------
    dict
    """
    disturbed = disturbed_rounds(turns)
    rounds = sorted({turn["round"] for turn in turns})
    calm = [number for number in rounds if number not in disturbed]
    times = {name: milliseconds(turns, name) for name in [*peers, *floors]}

    def least(names):
        return min(names, key=lambda name: summarise(times[name])["median"], default=None)

    best_floor, fastest = least(floors), least(rivals)

    def of_rounds(values, chosen):
        return [values[rounds.index(number)] for number in chosen]

    result = {
        "reference": reference,
        "floor": best_floor,
        "fastest_rival": fastest,
        "rounds": len(rounds),
        "disturbed_rounds": disturbed,
        "cpu_others": _mean([turn["cpu_others"] for turn in turns]),
        "peers": {},
    }
    for name in [*peers, *floors]:
        used = _mean([turn["cpu_own"] for turn in turns if turn["peer"] == name])
        row = {
            "ms_per_step": summarise(times[name]),
            "cpus_used": None if used is None else used * cpus,
        }
        if best_floor is not None:
            row["times_floor"] = summarise(paired_ratios(times[name], times[best_floor]))
        if fastest is not None and name in peers:
            row["over_fastest"] = summarise(paired_ratios(times[name], times[fastest]))
        if name in peers and name != reference:
            ratios = paired_ratios(times[reference], times[name])
            row["reference_over_peer"] = summarise(ratios)
            if disturbed and calm:
                row["reference_over_peer_calm"] = summarise(of_rounds(ratios, calm))
        result["peers"][name] = row
    return result


def markdown(record):
    """The table and its notes, from the record that is written as JSON."""
    analysis = record["analysis"]
    reference, floor = analysis["reference"], analysis["floor"]
    per, scale = "ms/step", 1.0
    if record["per"] == "epoch":
        per, scale = "s/epoch", record["steps_per_epoch"] / 1e3
    title = f"{reference} / peer, paired: median [min - max]"
    lines = [
        f"### {record['workload']}: {record['summary']}",
        "",
        (
            f"| peer | {per}: median | min | quartiles | times the GEMM floor "
            f"| times the fastest rival | {title} | CPUs used | peak MiB |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in analysis["peers"].items():
        ms = {key: scale * row["ms_per_step"][key] for key in ("median", "min", "q1", "q3")}
        ratio = _ratio(row["reference_over_peer"]) if "reference_over_peer" in row else "-"
        if "reference_over_peer_calm" in row:
            ratio += f"; calm rounds {_ratio(row['reference_over_peer_calm'])}"
        cpus = "-" if row["cpus_used"] is None else f"{row['cpus_used']:.2f}"
        lines.append(
            f"| {name} | {ms['median']:.3f} | {ms['min']:.3f} | {ms['q1']:.3f} - {ms['q3']:.3f} "
            f"| {median(row, 'times_floor')} | {median(row, 'over_fastest')} | {ratio} | {cpus} "
            f"| {peak_memory(record, name)} |"
        )
    lines += ["", f"A ratio under 1 means that {reference} is faster.", ""]
    lines += [f"- {note}" for note in _notes(record, floor)]
    return "\n".join(lines)


def median(row, key):
    """The median of a summary to two places, or a dash."""
    return f"{row[key]['median']:.2f}" if key in row else "-"


def peak_memory(record, name):
    """Peak of the resident memory in MiB, or a dash where the system does not say."""
    peak = record["memory_mib"][name]["peak"]
    return "-" if peak is None else f"{peak:.0f}"


def _ratio(summary):
    return f"{summary['median']:.3f} [{summary['min']:.3f} - {summary['max']:.3f}]"


def _notes(record, floor):
    machine, analysis = record["machine"], record["analysis"]
    yield (
        f"threads: {record['threads']}; {machine['cpu']}, {machine['cpus']} CPUs, {machine['system']}"
    )
    load = record["load_average"]
    if load["before"] is not None:
        yield (
            f"load average over one minute: {load['before'][0]:.2f} before, "
            f"{load['after'][0]:.2f} after"
        )
    if analysis["cpu_others"] is not None:
        yield (
            f"other processes used {100 * analysis['cpu_others']:.1f} % of all CPU time during the "
            f"turns; {len(analysis['disturbed_rounds'])} of {analysis['rounds']} rounds were "
            f"disturbed (a turn with more than {100 * DISTURBED:.0f} %)"
        )
    if floor is not None:
        best = analysis["peers"][floor]["ms_per_step"]["median"]
        yield (
            f"GEMM floor: the step's {record['gemm_flop'] / 1e6:.0f} MFLOP of matrix products "
            f"alone, by {floor}: {best:.3f} ms, {record['gemm_flop'] / best / 1e6:.0f} GFLOP/s"
        )
    if analysis["fastest_rival"] is not None:
        yield f"fastest rival: {analysis['fastest_rival']}"
    yield f"data: {record['data']}; noise: {record['noise']}"
    for name, checked in record["check"].items():
        yield (
            f"{name}: {record['versions'][name]['framework']}; first losses within "
            f"{checked['largest_difference']:.1e}; {record['steps_per_turn'][name]} steps a turn"
        )
    for name, why in record["left_out"].items():
        yield f"{name} is not here: {why}"
    for name, message in record["failed"].items():
        yield f"{name} failed: {' '.join(message.split())[-300:]}"
    if "command" in record:
        yield f"command: `{record['command']}`"


def all_markdown(results):
    """A table for each workload, from what ``benchmarks.all`` has written.

    Parameters
    ----------
    results : dict
        By workload, as :func:`benchmarks.all.measure` returns them.

    Returns
    -------
    str
    """
    return "\n".join(line for name in results for line in _workload_lines(name, results[name]))


def _workload_lines(workload, result):
    step, epoch = result["step"], result["epoch"]
    yield f"### {workload}: {step['summary']}"
    yield ""
    yield (
        "| peer | ms/step | times the fastest rival | times the GEMM floor | s/epoch "
        "| times the fastest rival | times the GEMM floor | first loss, cold, s | warm, s "
        "| peak MiB |"
    )
    yield "|---" * 10 + "|"
    for name, row in step["analysis"]["peers"].items():
        cells = [name, f"{row['ms_per_step']['median']:.3f}"]
        cells += [median(row, "over_fastest"), median(row, "times_floor")]
        row = epoch and epoch["analysis"]["peers"].get(name)
        if row:
            seconds = row["ms_per_step"]["median"] * epoch["steps_per_epoch"] / 1e3
            cells += [f"{seconds:.3f}", median(row, "over_fastest"), median(row, "times_floor")]
        else:
            cells += ["-"] * 3
        times = result["first_steps"].get(name)
        cells += ["-"] * 2
        if times:
            cells[-2:] = [f"{times['cold']:.1f}", f"{summarise(times['warm'])['median']:.1f}"]
        cells.append(peak_memory(step, name))
        yield f"| {' | '.join(cells)} |"
    yield ""
    for per, record in (("step", step), ("epoch", epoch)):
        if record is None:
            continue
        analysis = record["analysis"]
        note = (
            f"- per {per}: {analysis['rounds']} rounds, {len(analysis['disturbed_rounds'])} of "
            f"them disturbed; fastest rival {analysis['fastest_rival']}, floor {analysis['floor']}"
        )
        if per == "epoch":
            several = [name for name, does in record["in_one_call"].items() if does]
            note += f"; an epoch has {record['steps_per_epoch']} steps, in one call for "
            note += ", ".join(several) or "none"
        yield note
        for name, message in record["failed"].items():
            yield f"- per {per}: {name} failed: {' '.join(message.split())[-300:]}"
    for name, message in result["first_steps_failed"].items():
        yield f"- first loss: {name} failed: {' '.join(message.split())[-300:]}"
    for name, why in step["left_out"].items():
        yield f"- {name} is not here: {why}"
    machine = step["machine"]
    yield (
        f"- threads: {step['threads']}; {machine['cpu']}, {machine['cpus']} CPUs; {step['data']}; "
        f"{result['date']}; `{result['command']}`"
    )
    yield ""
