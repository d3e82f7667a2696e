"""What the rotation of the head alone tells, as a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lineament.evaluation import BarDisplay, Curve, Report
from lineament.metrics import Interval
from lineament.studies.head_fusion import LABELS, Fused
from lineament.studies.xr_360 import CLOSED, GALLERY, SYSTEMS, HeadResults
from lineament.studies.xr_objects_summary import Summary

OURS, FLOORS = "head", ("lda", "lda-mean-std")
MEASURED_BEFORE = 0.20
"""An LDA before this system was written: closed set of 60, 9 videos train, 5 unseen ones probe, 20 s."""


def report(results: HeadResults, fusion: Fused | None = None) -> Report:
    """Return the report."""
    page = Report(
        "Recognising people by the rotation of their heads: xr-360",
        f"{results.people} people watching videos, one sitting of each; seeds: {len(results.seeds)}; probes are of "
        "videos that nobody was enrolled with",
        numbers(results, fusion),
    )
    page.notice("One sitting of each person: on another day, with the headset put on anew, figures will be lower.")
    labels = {system.key: system.label for system in SYSTEMS}
    for setting, systems in results.settings.items():
        page.heading(setting[0].upper() + setting[1:])
        _tables(page, systems, labels)
        if setting == CLOSED:
            page.text(
                f"Everybody trains and is enrolled with the same videos. An LDA measured before this system was "
                f"written, on windows of 20 s: Rank-1 {MEASURED_BEFORE:.2f}. Chance: {1 / results.people:.3f}."
            )
        else:
            page.text(f"Nobody who is scored was trained on. Chance: {1 / GALLERY:.3f}.")
            _gains(page, systems, labels)
            _bars(page, systems, labels)
    if fusion is not None:
        _fusion(page, fusion)
    return _method(page, results)


def numbers(results: HeadResults, fusion: Fused | None) -> dict[str, Any]:
    """Return every figure with its interval."""
    content: dict[str, Any] = {
        "format_version": 1,
        "study": "xr-360",
        "people": results.people,
        "seeds": list(results.seeds),
        "settings": {
            setting: {key: _figures(summary) for key, summary in systems.items()}
            for setting, systems in results.settings.items()
        },
    }
    if fusion is not None:
        content["fusion"] = {
            setting: {key: _figures(summary) for key, summary in systems.items()}
            for setting, systems in fusion.settings.items()
        }
        content["fusion_weights"] = fusion.weights
    return content


def _figures(summary: Summary) -> dict[str, Any]:
    figures: dict[str, Any] = {"seconds_to_train": round(summary.seconds, 2)}
    for span in summary.spans:
        eer = summary.eer(span)
        figures[span] = {
            "probes": summary.probes(span),
            "rank_one": summary.rank_one(span).as_json(),
            "rank_one_macro": round(summary.macro(span), 6),
            "eer": eer.as_json() if eer else None,
        }
    return figures


def _tables(page: Report, systems: Mapping[str, Summary], labels: Mapping[str, str]) -> None:
    first = next(iter(systems.values()))
    probes = ", ".join(f"{first.probes(span)} of {span}" for span in first.spans)
    strong = [place for place, key in enumerate(systems) if key == OURS]
    ranks = [[labels[key], *(_short(s.rank_one(span)) for span in s.spans)] for key, s in systems.items()]
    caption = f"Rank-1 with 95 % intervals over people; probes: {probes}"
    page.table(["system", *first.spans], ranks, caption=caption, strong=strong)
    rates = [[labels[key], *(_short(s.eer(span)) for span in s.spans)] for key, s in systems.items()]
    caption = "Open-set EER (half enrolled, the others strangers) with 95 % intervals over people"
    page.table(["system", *first.spans], rates, caption=caption, strong=strong)


def _gains(page: Report, systems: Mapping[str, Summary], labels: Mapping[str, str]) -> None:
    rows: list[list[object]] = []
    for key, summary in systems.items():
        if key == OURS:
            continue
        for span in summary.spans:
            rank, eer = systems[OURS].rank_one_gain(summary, span), systems[OURS].eer_gain(summary, span)
            rows.append([f"over {labels[key]}", span, _signed(rank), _signed(eer)])
    caption = "Paired differences with 95 % intervals over people"
    page.table([labels[OURS], "probes", "Rank-1 gained", "EER taken off"], rows, caption=caption)


def _bars(page: Report, systems: Mapping[str, Summary], labels: Mapping[str, str]) -> None:
    bars = []
    for key, summary in systems.items():
        intervals = [summary.rank_one(span) for span in summary.spans]
        estimate, low, high = (np.array([getattr(i, name) for i in intervals]) for name in ("estimate", "low", "high"))
        bars.append(Curve(labels[key], estimate, low, high))
    groups = [f"probes of {span}" for span in next(iter(systems.values())).spans]
    page.figure(BarDisplay.from_groups(groups, bars, title="Rank-1").plot(), "Rank-1 with 95 % intervals over people.")


def _fusion(page: Report, fusion: Fused) -> None:
    """Add whether the head, learned on xr-360, helps the hand's encoder on xr-objects."""
    page.heading("Does it help the encoder of head and hand?")
    page.text(
        "On xr-objects, whose people the head's encoder never saw (three seeds); comparison scores are mixed, with a "
        "weight that is chosen for each fold on people who are not scored in it."
    )
    for setting, systems in fusion.settings.items():
        rows: list[list[object]] = []
        for key, summary in systems.items():
            ranks = [f"{summary.rank_one(span).estimate:.2f}" for span in summary.spans]
            minute = summary.spans[1]
            rank = summary.rank_one_gain(systems["ours"], minute) if key != "ours" else None
            eer = summary.eer_gain(systems["ours"], minute) if key != "ours" else None
            rows.append([LABELS[key], *ranks, _short(summary.eer(minute)), _signed(rank), _signed(eer)])
        spans = systems["ours"].spans
        page.table(
            ["system", *spans, f"EER {spans[1]}", "Rank-1 above ours", "EER below ours"],
            rows,
            caption=f"{setting}: Rank-1, open-set EER, and the paired differences to ours at {spans[1]}",
        )
        times = {weight: fusion.weights[setting].count(weight) for weight in sorted(set(fusion.weights[setting]))}
        told = ", ".join(f"{weight:g} in {count}" for weight, count in times.items())
        page.text(f"Weights of the head that were chosen: {told} of {len(fusion.weights[setting])} folds.")


def _method(page: Report, results: HeadResults) -> Report:
    page.heading("How this was measured")
    page.text(
        "Each person watched 14 of 28 videos of a minute, and nearly all an introduction, which trains but is neither "
        f"enrolled nor probed. People are dealt into groups of {GALLERY}, videos into two halves, anew for each seed: "
        "each group is enrolled with its videos of one half and probed with those of the other, by an encoder that "
        "was trained on everybody else. Windows of 20 s lie 5 s apart; the probes of a person are cut from their "
        "videos laid one after another. The open-set EER enrols half of a group, in 35 ways, the others being "
        "strangers. Intervals speak of other people, with galleries held fixed: Rank-1 by resampling people, the EER "
        "by leaving each out in turn. Differences are paired. Features and the weight of sessions were chosen on the "
        "40 people that the committed protocol leaves for training, who are among those scored here; the card of the "
        "shipped encoder has the figures of the other 20."
    )
    page.text("`lineament reproduce xr-360 --data DIR --objects DIR`, the folders of xr-360 and of xr-objects.")
    rows = [
        [label, *(f"{systems[key].seconds:.1f} s" if key in systems else "–" for systems in results.settings.values())]
        for key, label in ((system.key, system.label) for system in SYSTEMS)
    ]
    return page.table(["time to train", *results.settings], rows)


def _short(interval: Interval | None) -> str | None:
    if interval is None or not np.isfinite(interval.estimate):
        return None
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _signed(interval: Interval | None) -> str | None:
    return None if interval is None else f"{interval.estimate:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
