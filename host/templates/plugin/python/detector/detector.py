"""The contract's side of the model."""

from typing import List, Tuple

import model
from glue import told
from settings import Failure, parse
from wit_world.imports.types import Rows

Pairs = List[Tuple[str, str]]


class Model:
    def __init__(self, plain: model.Model):
        self.plain = plain

    @classmethod
    @told
    def train(cls, settings: Pairs, r: Rows, seed: int, part: int, parts: int) -> "Model":
        return cls(model.Model.train(parse(model.SCHEMA, settings), r))

    @classmethod
    @told
    def merge(cls, settings: Pairs, format: int, states: List[bytes]) -> "Model":
        if len(states) != 1:
            raise Failure(2, f"there are {len(states)} parts; this detector trains in one")
        return cls(model.Model.load(format, states[0]))

    @classmethod
    @told
    def load(cls, settings: Pairs, format: int, state: bytes) -> "Model":
        parse(model.SCHEMA, settings)
        return cls(model.Model.load(format, state))

    @told
    def save(self) -> bytes:
        return self.plain.save()

    @told
    def score(self, r: Rows) -> List[float]:
        return self.plain.score(r)

    @told
    def explain(self, r: Rows) -> List[float]:
        return self.plain.explain(r)

    @told
    def stats(self) -> List[Tuple[str, float]]:
        return self.plain.stats()
