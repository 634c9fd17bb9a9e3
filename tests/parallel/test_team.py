"""Do processes that work together come to one answer, and does nobody wait for one that is gone?"""

from __future__ import annotations

import os
import time

import pytest
import torch

from explorer.errors import InputError, LostProcess
from explorer.parallel.ranks import Rank, own_rank
from explorer.parallel.team import ALONE, Team
from tests.parallel.forks import together


def test_sums_votes_and_bytes_are_those_of_all():
    def work(team: Team):
        number = team.rank.number
        one, two = torch.full((2, 2), 10.0**number), torch.tensor(float(number))
        team.add_up([one, two])
        votes = [team.any(number == 1), team.any(False), team.any(True)]
        sent = [part.decode() for part in team.all_bytes(b"x" * number * 3)]
        return [one.tolist(), two.item(), votes, sent, team.share("abcdefg")]

    found = together(3, work)
    assert [answer[:4] for answer in found] == [
        [[[111.0, 111.0]] * 2, 3.0, [True, False, True], ["", "xxx", "xxxxxx"]]
    ] * 3
    assert [answer[4] for answer in found] == ["adg", "be", "cf"]


def test_a_team_of_one_is_what_there_was_before():
    tensor = torch.ones(3)
    ALONE.add_up([tensor])
    assert (
        tensor.tolist() == [1, 1, 1]
        and ALONE.any(True)
        and not ALONE.any(False)
        and ALONE.all_bytes(b"a") == [b"a"]
    )
    assert ALONE.share("abc") == "abc" and ALONE.leads and ALONE.leader_first(lambda: 1, lambda: 2) == 1
    ALONE.leave()


def test_the_others_begin_after_the_first_and_not_when_it_cannot(tmp_path):
    def work(team: Team):
        def lead():
            time.sleep(0.3)
            (tmp_path / "made").touch()
            return "made"

        return team.leader_first(lead, lambda: str((tmp_path / "made").exists()))

    assert together(2, work) == ["made", "True"]

    def failing(team: Team):
        def lead():
            raise InputError("No data.")

        return team.leader_first(lead, lambda: "begun")

    first, second = together(2, failing)
    assert first == ["InputError", "No data."] and second[0] == "LostProcess"


@pytest.mark.parametrize("hangs", [False, True], ids=["it dies", "it hangs"])
def test_whoever_waits_for_a_lost_process_is_told(hangs):
    """At once when it has died; after the timeout when it does not answer."""

    def work(team: Team):
        team.any(False)
        if team.rank.number == 1:
            time.sleep(8 if hangs else 0.3)
            os._exit(9)
        started = time.monotonic()
        try:
            team.any(False)
        except LostProcess as error:
            raise LostProcess(time.monotonic() - started) from error

    (name, seconds), lost = together(2, work, timeout=1.5 if hangs else 30)
    assert name == "LostProcess" and lost is None
    seconds = float(seconds)
    assert 1.0 < seconds < 7.8 if hangs else seconds < 10


@pytest.mark.parametrize(
    "variables, expected",
    [
        ({}, Rank()),
        ({"RANK": "1", "WORLD_SIZE": "4"}, Rank()),
        ({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "a"}, Rank(3, 4, 1)),
        ({"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "a"}, Rank(0, 1, 0)),
    ],
)
def test_the_place_is_what_torchrun_says(monkeypatch, variables, expected):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert own_rank() == expected
    monkeypatch.setenv("MASTER_ADDR", "a")
    monkeypatch.setenv("RANK", "4")
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(InputError, match="RANK=4, WORLD_SIZE=4"):
        own_rank()
