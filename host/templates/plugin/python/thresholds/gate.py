"""A moving mean and deviation of usual scores; what is far above is too high, and teaches nothing.

Plain Python: `python3 -m unittest` runs it without WebAssembly and without Foghorn.
"""

import math
import struct

from settings import Failure, Setting

# Format number of the bytes that `save` writes. Raise it when they change.
FORMAT = 1

STATE = struct.Struct("<8sQdd")
MAGIC = b"MYPLUGIN"

# Scores before the first decision.
WARM = 20
# Scores that the mean looks back on, about.
MEMORY = 1_000
# Least deviation that scores are said to have.
DEVIATION_MIN = 0.01
# Severities 1, 2 and 3 begin at so many times the threshold.
STEPS = (1, 1.5, 3)
# The largest number of 32 bits.
MOST = 3.4028234663852886e38

# Every setting, in the order shown.
SCHEMA = [Setting("deviations", "How many deviations above the mean a score must be: 1 to 100", "6", 1, 100)]


class Gate:
    def __init__(self, settings, seen=0, mean=0.0, variance=0.0):
        self.settings = settings
        self.seen, self.mean, self.variance = seen, mean, variance

    def calibrate(self, scores):
        """A new generation serves from now on: its usual level is that of `scores`."""
        check(scores)
        if scores:
            self.seen, self.mean, self.variance = 0, 0.0, 0.0
            for score in scores:
                self.learn(score)

    def decide(self, scores):
        """Threshold and severity for each score."""
        check(scores)
        return [self.decide_on(score) for score in scores]

    def decide_on(self, score):
        deviation = max(math.sqrt(self.variance), DEVIATION_MIN)
        # The threshold crosses as 32 bits, so that is what the score is compared with.
        threshold = single(min(self.mean + self.settings["deviations"] * deviation, MOST))
        if self.seen < WARM:
            self.learn(score)
            # Nothing is decided yet: the threshold shown is one that the score does not reach.
            return single(min(max(threshold, 2 * score), MOST)), 0
        severity = sum(score >= step * threshold for step in STEPS)
        if severity == 0:
            self.learn(score)
        return threshold, severity

    def learn(self, score):
        self.seen += 1
        share = max(1 / self.seen, 1 / MEMORY)
        away = score - self.mean
        self.mean += share * away
        self.variance = (1 - share) * (self.variance + share * away * away)

    def save(self):
        """All that was seen, as bytes, little-endian."""
        return STATE.pack(MAGIC, self.seen, self.mean, self.variance)

    @classmethod
    def load(cls, settings, format, state):
        if format != FORMAT:
            raise Failure(2, f"the state has format {format}; these thresholds read {FORMAT}, start anew")
        if len(state) != STATE.size or state[:8] != MAGIC:
            raise Failure(2, f"the state is damaged: {len(state)} bytes that do not start as one; start anew")
        _, seen, mean, variance = STATE.unpack(state)
        if not all(math.isfinite(figure) and figure >= 0 for figure in (mean, variance)):
            raise Failure(2, "the state is damaged: its figures cannot be; start anew")
        return cls(settings, seen, mean, variance)


def single(number):
    """The nearest number of 32 bits."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def check(scores):
    for number, score in enumerate(scores):
        if not (math.isfinite(score) and score >= 0):
            raise Failure(4, f"score {number} is {score}; scores are finite and 0 or more")
