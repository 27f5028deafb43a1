"""Writes data/sklearn.json: rows, and what scikit-learn makes of them for `pca` and `knn`.

Independent of the Rust code: scaling by numpy, components by sklearn.decomposition.PCA, neighbours by
sklearn.neighbors.NearestNeighbors. Run it in this folder: python3 make_sklearn_fixture.py (numpy 2, scikit-learn 1.7 or later)
"""

import json
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

EXPLAINED, NEAREST, ROUNDS, USUAL_MIN = 0.9, 5, 3, 0.2


def rows(chance, count):
    """Six columns: three that go together, one alone, one mostly 0, one that never varies."""
    common = chance.normal(size=count)
    table = np.stack(
        [
            5 + common + 0.1 * chance.normal(size=count),
            -2 * common + 0.2 * chance.normal(size=count),
            common + 0.5 * chance.normal(size=count),
            chance.uniform(0, 3, size=count),
            (chance.random(count) < 0.1) * 1.5,
            np.full(count, 2.0),
        ],
        axis=1,
    )
    return table.astype(np.float32)


def at(values, share):
    """The value at a share of the sorted ones, halves rounded up as Rust does."""
    values = np.sort(values)
    return values[int(np.floor(share * (len(values) - 1) + 0.5))]


def scaler(training):
    training = training.astype(np.float64)
    middle = np.array([at(column, 0.5) for column in training.T])
    spread = np.array([at(column, 0.98) - at(column, 0.02) for column in training.T])
    ranges = [column.max() - column.min() for column in training.T if column.max() > column.min()]
    unit = np.maximum(spread, at(np.array(ranges), 0.75))
    bent = lambda table: np.arcsinh(3 * (table.astype(np.float64) - middle) / unit) / 3
    return lambda table: bent(table).astype(np.float32).astype(np.float64)


def strangeness(distances, training):
    usual = max(at(training, 0.5), USUAL_MIN)
    return np.sqrt(1 + (distances / usual) ** 2).tolist()


def nearest_of(distances):
    """All but the largest twentieth."""
    left = len(distances) - len(distances) // 20
    return np.sort(np.argsort(distances, kind="stable")[:left])


def pca(training, tests):
    own = np.linalg.norm(training, axis=1)
    for _ in range(ROUNDS):
        # A component of variance 0 belongs to the column that never varies; it counts as it is either way.
        full = PCA(svd_solver="full").fit(training[nearest_of(own)])
        kept = int(np.searchsorted(np.cumsum(full.explained_variance_ratio_), EXPLAINED) + 1)
        distance = lambda table: np.linalg.norm(full.transform(table)[:, kept:], axis=1)
        own = distance(training)
    return strangeness(distance(tests), own)


def knn(training, tests):
    far = NearestNeighbors(n_neighbors=len(training) // 20, algorithm="brute").fit(training)
    left = training[nearest_of(far.kneighbors()[0][:, -1])]
    nearest = NearestNeighbors(n_neighbors=NEAREST, algorithm="brute").fit(left)
    return strangeness(nearest.kneighbors(tests)[0][:, -1], nearest.kneighbors()[0][:, -1])


def main():
    chance = np.random.default_rng(11)
    training, tests = rows(chance, 150), rows(chance, 12)
    odd = rows(chance, 6)
    for number, column in enumerate(odd.T):
        column[number] += 8
    tests = np.concatenate([tests, odd])
    scale = scaler(training)
    scaled, asked = scale(training), scale(tests)
    assert np.abs(scaled).max() < 2, "the Rust code would clip"
    fixture = {
        "training": training.tolist(),
        "tests": tests.tolist(),
        "pca": pca(scaled, asked),
        "knn": knn(scaled, asked),
    }
    path = Path(__file__).parent / "data" / "sklearn.json"
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
