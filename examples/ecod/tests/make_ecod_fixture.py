"""Writes data/ecod.json: rows, and their ECOD scores by the paper's definition, in plain Python.

Independent of the Rust code: no sorting, no knots, every probability is counted. Run it in this folder: python3 make_ecod_fixture.py
"""

import json
import math
import random
import struct
from pathlib import Path


def single(value):
    """The nearest 32 bit number: rows are given in these."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def skewness(column):
    mean = sum(column) / len(column)
    second = sum((value - mean) ** 2 for value in column) / len(column)
    third = sum((value - mean) ** 3 for value in column) / len(column)
    return third / second**1.5 if second > 0 else 0.0


def score(training, row):
    left = right = skewed = 0.0
    for column, value in zip(zip(*training), row):
        sample = [*column, value]
        of_left = -math.log(sum(other <= value for other in sample) / len(sample))
        of_right = -math.log(sum(other >= value for other in sample) / len(sample))
        left += of_left
        right += of_right
        skewed += of_left if skewness(column) < 0 else of_right
    return max(left, right, skewed)


def main():
    chance = random.Random(7)

    def row(strange):
        return [
            single(chance.gauss(5, 1) + (6 if strange == 0 else 0)),
            single(-chance.expovariate(1) - (9 if strange == 1 else 0)),
            float(chance.random() < 0.1) + (3 if strange == 2 else 0),
            0.0,
            single(round(chance.uniform(0, 9))),
        ]

    training = [row(None) for _ in range(80)]
    tests = [row(None) for _ in range(20)] + [row(strange) for strange in (0, 1, 2)] + [training[0]]
    scores = [score(training, test) for test in tests]
    fixture = {"training": training, "tests": tests, "scores": scores}
    path = Path(__file__).parent / "data" / "ecod.json"
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
