"""The other side of `cargo xtask bench`: the same work in Python, once for each line on standard input.

    peer.py WORK DIRECTORY

Prints "ready" when all is prepared, then for each line it reads does the work once and prints the seconds it took.
"""

import gzip
import json
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "xtask" / "src" / "eval"))
from reference import template as masked  # noqa: E402


def main(work, directory):
    """Runs one work as often as it is asked to."""
    run = WORKS[work](Path(directory))
    print("ready", flush=True)
    for _ in sys.stdin:
        begun = time.perf_counter()
        run()
        print(time.perf_counter() - begun, flush=True)


def windows(path, size):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [lines[at : at + size] for at in range(0, len(lines), size)]


def documents(all_windows):
    return ["\n".join(map(masked, window)) for window in all_windows]


def transform(directory):
    """Masking and `TfidfVectorizer.transform` of windows of 64 lines."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer().fit(documents(windows(directory / "history.txt", 64)))
    fresh = windows(directory / "fresh.txt", 64)
    return lambda: vectorizer.transform(documents(fresh))


def rows(directory, name):
    """Dense, because both libraries are quicker on it than on sparse rows as wide as these."""
    read = lambda part, kind: np.fromfile(directory / f"{name}.{part}", dtype=kind)
    starts, columns = read("starts", np.uint32), int(read("columns", np.uint32)[0])
    matrix = sparse.csr_matrix((read("values", np.float32), read("indices", np.uint32), starts), (len(starts) - 1, columns))
    return matrix.toarray()


def sklearn_fit(directory):
    from sklearn.ensemble import IsolationForest

    matrix = rows(directory, "train")
    return lambda: IsolationForest(n_estimators=100, max_samples=256, random_state=1).fit(matrix)


def sklearn_score(directory):
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(n_estimators=100, max_samples=256, random_state=1).fit(rows(directory, "train"))
    fresh = rows(directory, "fresh")
    return lambda: model.score_samples(fresh)


def isotree_forest():
    from isotree import IsolationForest

    return IsolationForest(ntrees=100, sample_size=256, ndim=1, nthreads=1, random_seed=1)


def isotree_fit(directory):
    matrix = rows(directory, "train").astype(np.float64)
    return lambda: isotree_forest().fit(matrix)


def isotree_score(directory):
    model = isotree_forest().fit(rows(directory, "train").astype(np.float64))
    fresh = rows(directory, "fresh").astype(np.float64)
    return lambda: model.predict(fresh)


def pipeline(directory):
    """Reads a labelled log, cuts it into sessions, learns the train part, scores the test part."""
    from sklearn.ensemble import IsolationForest
    from sklearn.feature_extraction.text import TfidfVectorizer

    path = Path((directory / "input.txt").read_text().strip())

    def run():
        parts = {"train": {}, "test": {}}
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                parts[row["split"]].setdefault(row["session"], []).append(row["line"])
        vectorizer = TfidfVectorizer()
        learned = vectorizer.fit_transform(documents(parts["train"].values()))
        model = IsolationForest(n_estimators=100, random_state=1).fit(learned)
        return model.score_samples(vectorizer.transform(documents(parts["test"].values())))

    return run


WORKS = {
    "transform": transform,
    "sklearn-fit": sklearn_fit,
    "sklearn-score": sklearn_score,
    "isotree-fit": isotree_fit,
    "isotree-score": isotree_score,
    "pipeline": pipeline,
}

if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
