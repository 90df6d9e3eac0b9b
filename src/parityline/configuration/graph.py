"""What must hold between the tables of a file: names, inputs, and what expectations and acceptances are of."""

from __future__ import annotations

import graphlib
from collections.abc import Sequence
from itertools import pairwise

from parityline.configuration.drafts import Draft
from parityline.configuration.messages import listed, nearest, shown
from parityline.stages import RESERVED


def check_graph(stages: Sequence[Draft], expectations: Sequence[Draft], acceptances: Sequence[Draft]) -> None:
    """Names are unique, what is named exists, and the inputs lead back to where they come from in no circle.

    An expectation without `of` gets the only stage of outcomes there is. A file without stages leaves the stages to
    the code that records them, so that no name can be wrong; and while a stage has no name, none is held to be wrong.
    """
    _check_names(stages)
    _check_cycles(stages)
    names = [str(stage.values.get("name", "")) for stage in stages]
    if not names or "" in names:
        return
    for stage in stages:
        for number, name in enumerate(stage.values.get("inputs", ())):
            _check_stage_name(stage, name, names, "inputs", number)
        if "of" in stage.values:
            _check_stage_name(stage, stage.values["of"], names, "of")
    for acceptance in acceptances:
        if "stage" in acceptance.values:
            _check_stage_name(acceptance, acceptance.values["stage"], [*names, *RESERVED], "stage")
    if all("kind" in stage.values for stage in stages):
        outcomes = [str(stage.values["name"]) for stage in stages if stage.values["kind"] == "outcomes"]
        for expectation in expectations:
            _check_outcomes(expectation, outcomes, names)


def _check_names(stages: Sequence[Draft]) -> None:
    first: dict[str, int] = {}
    for stage in stages:
        name = stage.values.get("name")
        if name in first:
            stage.problems.add(f"name is taken by the stage at line {first[name]}; choose another", "name")
        elif name is not None:
            first[name] = stage.problems.line("name")


def _check_stage_name(draft: Draft, name: str, names: Sequence[str], *keys: str | int) -> None:
    if name in names:
        return
    meant = nearest(name, names)
    way_out = f"did you mean {shown(meant)}?" if meant else f"the stages are {listed(map(shown, names), 'and')}"
    draft.problems.add(f"{keys[0]}: no stage {shown(name)}; {way_out}", *keys)


def _check_outcomes(expectation: Draft, outcomes: Sequence[str], names: Sequence[str]) -> None:
    of, problems = expectation.values.get("of"), expectation.problems
    if of is None:
        if len(outcomes) == 1 and "of" not in expectation.given:
            expectation.values["of"] = outcomes[0]
        elif len(outcomes) > 1:
            problems.add(f"of is missing: expected {listed(map(shown, outcomes))}; add it")
    elif of not in outcomes:
        meant = nearest(of, outcomes)
        if meant:
            way_out = f"did you mean {shown(meant)}?"
        elif outcomes:
            way_out = f"the stages of kind outcomes are {listed(map(shown, outcomes), 'and')}"
        else:
            way_out = "no stage is of kind outcomes; add one"
        found = f"stage {shown(of)} is not of kind outcomes" if of in names else f"no stage {shown(of)}"
        problems.add(f"of: {found}; {way_out}", "of")


def _check_cycles(stages: Sequence[Draft]) -> None:
    by_name = {str(stage.values["name"]): stage for stage in reversed(stages) if "name" in stage.values}
    order = [name for name in dict.fromkeys(str(stage.values.get("name")) for stage in stages) if name in by_name]
    inputs = {name: [*by_name[name].values.get("inputs", ()), *_split_of(by_name[name])] for name in order}
    while True:
        try:
            graphlib.TopologicalSorter(inputs).prepare()
        except graphlib.CycleError as error:
            *cycle, _ = error.args[1]  # each is an input of the next
            first = min(range(len(cycle)), key=lambda number: order.index(cycle[number]))
            cycle = [*cycle[first:], *cycle[: first + 1]]
            stage = by_name[cycle[0]]
            key = "inputs" if cycle[-2] in stage.values.get("inputs", ()) else "of"
            circle = " -> ".join(map(shown, cycle))
            stage.problems.add(f"{key}: the inputs come in a cycle, {circle}; take one of them away", key)
            for source, name in pairwise(cycle):
                inputs[name].remove(source)
        else:
            return


def _split_of(stage: Draft) -> list[str]:
    of = stage.values.get("of")
    return [] if of is None or of in stage.values.get("inputs", ()) else [of]
