"""The contract's side of the gate."""

from typing import List, Tuple

import gate as plain
from glue import told
from settings import Failure, parse
from wit_world.exports.thresholds import Decisions

Pairs = List[Tuple[str, str]]


class Gate:
    def __init__(self, gate: plain.Gate):
        self.gate = gate

    @classmethod
    @told
    def open(cls, settings: Pairs) -> "Gate":
        return cls(plain.Gate(parse(plain.SCHEMA, settings)))

    @classmethod
    @told
    def load(cls, settings: Pairs, format: int, state: bytes) -> "Gate":
        return cls(plain.Gate.load(parse(plain.SCHEMA, settings), format, state))

    @told
    def save(self) -> bytes:
        return self.gate.save()

    @told
    def calibrate(self, scores: List[float]) -> None:
        self.gate.calibrate(scores)

    @told
    def decide(self, scores: List[float], times: List[int]) -> Decisions:
        if len(scores) != len(times):
            raise Failure(4, f"there are {len(scores)} scores but {len(times)} times")
        decisions = self.gate.decide(scores)
        return Decisions([threshold for threshold, _ in decisions], bytes(severity for _, severity in decisions))
