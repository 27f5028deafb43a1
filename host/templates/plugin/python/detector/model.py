"""Distances in deviations: a row is strange when its columns are far from their means.

Plain Python: `python3 -m unittest` runs it without WebAssembly and without Foghorn.
"""

import math
import struct

from settings import Failure, Setting

# Format number of the bytes that `save` writes. Raise it when they change.
FORMAT = 1

MAGIC = b"MYPLUGIN"

# Keeps scores far below what does not fit 32 bits.
DISTANCE_MAX = 1e6

# Every setting, in the order shown.
SCHEMA = [Setting("floor", "Least deviation that a column is said to have: 0.000001 to 1000", "0.05", 1e-6, 1e3)]


def dense(rows):
    """The contract's rows (`columns`, `row_ptr`, `idx`, `val`), each with its zeros."""
    ends = rows.row_ptr
    if not ends or ends[0] != 0 or ends[-1] != len(rows.idx) or len(rows.idx) != len(rows.val):
        raise Failure(4, "row pointers do not fit the indices and values")
    for row, (start, end) in enumerate(zip(ends, ends[1:])):
        values = [0.0] * rows.columns
        for column, value in zip(rows.idx[start:end], rows.val[start:end]):
            if column >= rows.columns or not math.isfinite(value):
                raise Failure(4, f"row {row} has {value} in column {column} of {rows.columns}")
            values[column] = value
        yield values


class Model:
    def __init__(self, rows, means, deviations):
        self.rows = rows
        self.means = means
        self.deviations = deviations

    @classmethod
    def train(cls, settings, rows):
        every = list(dense(rows))
        count = len(every)
        if count < 2:
            raise Failure(3, f"there are {count} rows; training needs at least 2")
        means = [sum(column) / count for column in zip(*every)]
        spreads = [
            math.sqrt(sum((value - mean) ** 2 for value in column) / count)
            for column, mean in zip(zip(*every), means)
        ]
        return cls(count, means, [max(spread, settings["floor"]) for spread in spreads])

    def score(self, rows):
        """One score a row: the root of 1 and the squared distances of its columns.

        1 is a row that lies on all means; beginning there keeps differences between rows that are all usual small.
        """
        self.check_columns(rows)
        return [math.sqrt(1 + sum(self.squares(row))) for row in dense(rows)]

    def explain(self, rows):
        """One number a column for the one row: the square of its distance."""
        self.check_columns(rows)
        every = list(dense(rows))
        if len(every) != 1:
            raise Failure(4, f"there are {len(every)} rows to explain; allowed is one")
        return self.squares(every[0])

    def stats(self):
        """Figures for people."""
        return [("rows", float(self.rows)), ("columns", float(len(self.means)))]

    def save(self):
        """The model as bytes, little-endian: magic, rows, columns, means, deviations."""
        columns = len(self.means)
        return struct.pack(f"<8sQI{2 * columns}d", MAGIC, self.rows, columns, *self.means, *self.deviations)

    @classmethod
    def load(cls, format, state):
        if format != FORMAT:
            raise Failure(2, f"the state has format {format}; this detector reads {FORMAT}, train again")
        if len(state) < 20 or state[:8] != MAGIC:
            raise Failure(2, "the state is damaged: it does not start as one; train again")
        _, rows, columns = struct.unpack_from("<8sQI", state)
        if len(state) != 20 + 16 * columns:
            raise Failure(2, f"the state is damaged: it has {len(state)} bytes for {columns} columns; train again")
        figures = struct.unpack_from(f"<{2 * columns}d", state, 20)
        means, deviations = list(figures[:columns]), list(figures[columns:])
        if not all(map(math.isfinite, figures)) or any(deviation <= 0 for deviation in deviations):
            raise Failure(2, "the state is damaged: its figures cannot be; train again")
        return cls(rows, means, deviations)

    def check_columns(self, rows):
        if rows.columns != len(self.means):
            trained = len(self.means)
            raise Failure(4, f"rows have {rows.columns} columns; the model was trained on {trained}, train again")

    def squares(self, row):
        distances = (abs(value - mean) / deviation for value, mean, deviation in zip(row, self.means, self.deviations))
        return [min(distance, DISTANCE_MAX) ** 2 for distance in distances]
