"""Writes data/sklearn.json: what scikit-learn's IsolationForest says of a small data set, for tests/sklearn.rs.

Run it only to make the fixture anew:  python make_sklearn_fixture.py  (needs scikit-learn and numpy)
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length


def data():
    """Two clusters, a sparse count column, a constant column and scattered outliers; short decimals keep the file small."""
    rng = np.random.default_rng(11)
    inner = np.vstack([rng.normal(0, 1, (200, 4)), rng.normal(4, 0.5, (170, 4))])
    outer = rng.uniform(-8, 12, (30, 4))
    x = np.vstack([inner, outer])
    counts = rng.poisson(0.1, (len(x), 1))
    x = np.hstack([x, counts, np.full((len(x), 1), 3.0)])
    return np.round(x, 2).astype(np.float32)


def down_to_f32(threshold):
    """The largest f32 not above a threshold: `x <= it` then means the same for every f32 x."""
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32(-np.inf)))


def heap(estimator, depth):
    """A tree as [heap index, column, threshold] and [leaf index, path length]; see src/tree.rs for the layout."""
    tree, nodes, leaves = estimator.tree_, [], []

    def walk(node, k, level):
        if tree.children_left[node] < 0:
            place = (k - (2**level - 1)) << (depth - level)
            path = level + float(_average_path_length(np.array([tree.n_node_samples[node]]))[0])
            leaves.append([place, path])
            return
        nodes.append([k, int(tree.feature[node]), down_to_f32(tree.threshold[node])])
        walk(tree.children_left[node], 2 * k + 1, level + 1)
        walk(tree.children_right[node], 2 * k + 2, level + 1)

    walk(0, 0, 0)
    return {"nodes": nodes, "leaves": leaves}


def main():
    x = data()
    big = IsolationForest(n_estimators=500, max_samples=256, random_state=1).fit(x)
    small = IsolationForest(n_estimators=6, max_samples=64, random_state=2).fit(x)
    sizes = [0, 1, 2, 3, 4, 5, 10, 50, 100, 255, 256, 1000, 4096, 1_000_000]
    fixture = {
        "sklearn": sklearn.__version__,
        "average_path_length": [[n, float(_average_path_length(np.array([n]))[0])] for n in sizes],
        "rows": [[round(float(v), 2) for v in row] for row in x],
        "scores": [round(float(-s), 6) for s in big.score_samples(x)],
        "small": {
            "sample": 64,
            "depth": 6,
            "trees": [heap(estimator, 6) for estimator in small.estimators_],
            "scores": [round(float(-s), 8) for s in small.score_samples(x)],
        },
    }
    out = Path(__file__).parent / "data" / "sklearn.json"
    out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(out.name, out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
