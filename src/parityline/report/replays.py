"""What a swap experiment found, for a terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from parityline.rehearsal import Replay, Swap
from parityline.rehearsal.replaying import REFIT
from parityline.report.text import clean

_METRICS = ("auc", "accuracy", "rmse", "mae")


def text(replay: Replay) -> str:
    """One line for each factor that was changed, and which of them moves predictions."""
    lines = [f"{clean(replay.model)}   replayed on {replay.rows:,} rows", ""]
    if replay.metrics:
        lines.append(f"{'nothing':<28}  {_measures(replay.metrics)}")
    lines += [f"{', '.join(swap.changed):<28}  {_told(swap)}" for swap in replay.swaps]
    lines += [""] if lines[-1] else []
    return "\n".join(
        [*lines, _conclusion(replay), *([f"next: parityline explain {replay.code}"] if replay.code else [])]
    )


def _told(swap: Swap) -> str:
    if not swap.differing:
        told = f"no effect on {swap.rows:,} rows"
    else:
        share = swap.differing / max(swap.rows, 1)
        told = f"{swap.differing:,} of {swap.rows:,} predictions differ ({share:.2%}), by up to {swap.largest:.3g}"
        told += "" if swap.decisions is None else f"; {swap.decisions:,} classes change"
    return f"{told}; {_measures(swap.metrics)}" if swap.metrics else told


def _measures(metrics: dict[str, float]) -> str:
    return ", ".join(f"{name} {metrics[name]:.4g}" for name in _METRICS if name in metrics)


def _conclusion(replay: Replay) -> str:
    if not replay.repeats:
        return "the fit does not repeat: what the other changes do cannot be told from that; set its seed first"
    if all(swap.changed == (REFIT,) for swap in replay.swaps):
        return "nothing was changed: give a second model, a second table of rows or a second interpreter"
    if not replay.causes:
        return (
            f"no effect: {', '.join(s.changed[0] for s in replay.swaps if len(s.changed) == 1)} changed no prediction"
        )
    if any(len(swap.changed) == 1 and swap.differing for swap in replay.swaps):
        verb = "moves" if len(replay.causes) == 1 else "move"
        return f"{' and '.join(replay.causes)} {verb} predictions, each by itself with all else the same"
    return f"only together do {' and '.join(replay.causes)} move predictions"


def as_json(replay: Replay) -> str:
    """The swaps as JSON: `format`, `model`, `rows`, `causes`, `code`, `metrics` of the base, `swaps`."""
    content = {"format": 1, "model": replay.model, "rows": replay.rows, "causes": list(replay.causes)}
    content["code"] = replay.code
    content |= {"metrics": replay.metrics, "swaps": [asdict(swap) for swap in replay.swaps]}
    return json.dumps(content, indent=2, ensure_ascii=False)
