"""The contract's side of the model: a `Failure` becomes the contract's error."""

import functools
from typing import List, Tuple

import model
from componentize_py_types import Err
from wit_world.imports import host
from wit_world.imports.types import Error, Rows

Pairs = List[Tuple[str, str]]


def told(call):
    """Makes the contract's error of a failure. Any other exception ends the instance; the host's log is told before."""

    @functools.wraps(call)
    def wrapped(*arguments):
        try:
            return call(*arguments)
        except model.Failure as failure:
            raise Err(Error(failure.code, failure.message)) from failure
        except Exception as error:
            host.log(0, f"{type(error).__name__}: {error}, in {place_of(error)}")
            raise

    return wrapped


def place_of(error):
    """Innermost function and line. The module `traceback` would read source files, of which there are none."""
    place = error.__traceback__
    while place.tb_next:
        place = place.tb_next
    return f"{place.tb_frame.f_code.co_name}, line {place.tb_lineno}"


class Model:
    def __init__(self, plain: model.Model):
        self.plain = plain

    @classmethod
    @told
    def train(cls, settings: Pairs, r: Rows, seed: int, part: int, parts: int) -> "Model":
        return cls(model.Model.train(model.parse(settings), r))

    @classmethod
    @told
    def merge(cls, settings: Pairs, format: int, states: List[bytes]) -> "Model":
        if len(states) != 1:
            raise model.Failure(2, f"there are {len(states)} parts; this detector trains in one")
        return cls(model.Model.load(format, states[0]))

    @classmethod
    @told
    def load(cls, settings: Pairs, format: int, state: bytes) -> "Model":
        model.parse(settings)
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
