"""The Python reference of `cargo xtask eval`: detectors as they are usually built, on the windows that Foghorn judged.

    reference.py INPUT WINDOWS TRAIN_FRACTION

INPUT is the log file that `foghorn replay` read, WINDOWS what it wrote. The same lines are cut into the same windows, one
model a stream is fitted on the windows to learn from, labels unseen, and exactly the windows of WINDOWS are scored. Prints
one JSON object: the methods with their figures, and Foghorn's own figures computed from WINDOWS once more, by scikit-learn.
"""

import gzip
import json
import re
import sys
import time
from collections import Counter, defaultdict, deque
from datetime import datetime

import numpy as np
import scipy.sparse as sparse
from sklearn.ensemble import IsolationForest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

SEEDS = (1, 2, 3)
# What closes a window: the defaults of `foghorn replay`.
WINDOW_NS = 30 * 10**9
LINES_MAX = 1_000
BYTES_MAX = 4 << 20
# The share of training windows below the threshold of every method here.
THRESHOLD_QUANTILE = 0.99

MASKS = [
    (re.compile(pattern), word)
    for pattern, word in [
        (r"\x1b\[[0-9;]*m", ""),
        (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "UUID"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "IP"),
        (r"\b0x[0-9a-fA-F]+\b", "HEX"),
        (r"\b(?=\d*[a-fA-F])(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b", "HEX"),
        (r"\d+", "NUM"),
    ]
]
SECOND = re.compile(r"^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$")
FAILURE = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|WARN(?:ING)?)\b|Exception\b")
# Lines of a stack trace, which Foghorn joins to the line before them.
TRACE = re.compile(r"^(?:\s+at |\s*\.\.\. \d+ (?:more|common)|Caused by:)")


def main(input_path, windows_path, train_fraction):
    """Prints the figures of all methods."""
    judged = [json.loads(line) for line in open(windows_path, encoding="utf-8") if line.strip()]
    labels = np.array([-1 if window["label"] is None else window["label"] for window in judged])
    streams = match(cut_all(read(input_path), train_fraction), judged)
    methods = [result(name, method, streams, labels) for name, method in METHODS]
    scores = np.array([window["score"] for window in judged])
    alarmed = np.array([window["severity"] != "none" for window in judged], dtype=bool)
    print(json.dumps({"methods": methods, "foghorn": figures([(scores, alarmed)], labels)}))


# The windows ------------------------------------------------------------------------------------------------------------


def read(path):
    """Lines of the file by stream, each (time, text, session, split, anomaly); a bad line is passed over."""
    streams = defaultdict(list)
    with open(path, "rb") as head:
        packed = head.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(path, "rt", encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                row = json.loads(line)
                entry = (time_ns(row["ts"]), row["line"], row.get("session"), row.get("split"), row.get("anomaly"))
                streams[row["stream"]].append(entry)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
    return streams


def time_ns(stamp):
    """RFC 3339 or nanoseconds since 1970; `datetime` alone would drop the nanoseconds."""
    if isinstance(stamp, int):
        return stamp
    seconds, fraction, zone = SECOND.match(stamp).groups()
    whole = datetime.fromisoformat(seconds + ("+00:00" if zone == "Z" else zone))
    return int(whole.timestamp()) * 10**9 + int((fraction or "0")[:9].ljust(9, "0"))


def cut_all(streams, train_fraction):
    """Windows by stream: those to learn from, and the others."""
    return {name: cut_stream(entries, train_fraction) for name, entries in streams.items()}


def cut_stream(entries, train_fraction):
    entries = sorted(entries, key=lambda entry: entry[0])
    if any(entry[3] for entry in entries):
        return tuple(cut_part([entry for entry in entries if (entry[3] == "train") == train]) for train in (True, False))
    windows = cut_part(entries)
    count = int(len(windows) * train_fraction + 0.5)
    return windows[:count], windows[count:]


def cut_part(entries):
    """A session is one window; other lines are cut by time and by count."""
    groups = {}
    for entry in entries:
        groups.setdefault(entry[2], []).append(entry)
    windows = []
    for session, group in groups.items():
        windows += [(group[0][0], session, group)] if session is not None else cut_by_age(group)
    return windows


def cut_by_age(group):
    windows, lines, size, end, before = [], 0, 0, -1, ""
    for entry in group:
        # The lines of a trace are one line, and stay in the window it began in.
        joined = bool(windows) and TRACE.match(entry[1])
        if not joined and (entry[0] >= end or lines >= LINES_MAX or size >= BYTES_MAX):
            begin = entry[0] - entry[0] % WINDOW_NS
            windows.append((begin, None, []))
            lines, size, end = 0, 0, begin + WINDOW_NS
        windows[-1][2].append(entry)
        lines += not joined
        size += len(entry[1].encode())
    return windows


def match(cut, judged):
    """For each stream that was judged: the texts to learn from, those to judge, and their places in WINDOWS."""
    waiting = defaultdict(deque)
    for stream, (_, test) in cut.items():
        for begin, session, entries in test:
            waiting[key(stream, session, begin)].append(entries)
    streams = {}
    for place, window in enumerate(judged):
        name = key(window["container"], window["session"], time_ns(window["start"]))
        if not waiting[name]:
            sys.exit(f"window {place + 1} of Foghorn's output (stream, session, begin: {name}) is none of those cut here")
        entries = waiting[name].popleft()
        label = max((entry[4] for entry in entries if entry[4] is not None), default=None)
        if label != window["label"]:
            sys.exit(f"window {place + 1} of Foghorn's output {name} has label {window['label']}; here it is {label}")
        texts, places = streams.setdefault(window["container"], ([], []))
        texts.append([entry[1] for entry in entries])
        places.append(place)
    return [(texts_of(cut[stream][0]), texts, places) for stream, (texts, places) in streams.items()]


def key(stream, session, begin):
    return stream, session, None if session is not None else begin


def texts_of(windows):
    return [[entry[1] for entry in entries] for _, _, entries in windows]


# The methods: each gives, for one stream, scores of the windows to learn from and of those to judge, and both times --------


def template(line):
    for pattern, word in MASKS:
        line = pattern.sub(word, line)
    return line


def masked(windows):
    return [[template(line) for line in window] for window in windows]


def plain(train, test, seed):
    """TF-IDF over masked words, and an isolation forest: scikit-learn's defaults."""
    vectorizer = TfidfVectorizer()
    joined = lambda windows: ["\n".join(window) for window in masked(windows)]
    return forest(lambda: vectorizer.fit_transform(joined(train)), lambda: vectorizer.transform(joined(test)), seed)


def templates(train, test, seed):
    """Counts of masked lines, the share of lines that no other window has, and an isolation forest."""
    vectorizer = CountVectorizer(analyzer=lambda window: window, min_df=1)

    def learn():
        windows = masked(train)
        counts = vectorizer.fit_transform(windows)
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        alone = [share(window, lambda line: seen[vectorizer.vocabulary_[line]] < 2) for window in windows]
        return sparse.hstack([counts.log1p(), sparse.csr_matrix(np.array(alone)[:, None])]).tocsr()

    def look():
        windows = masked(test)
        new = [share(window, lambda line: line not in vectorizer.vocabulary_) for window in windows]
        return sparse.hstack([vectorizer.transform(windows).log1p(), sparse.csr_matrix(np.array(new)[:, None])]).tocsr()

    return forest(learn, look, seed)


def forest(learn, look, seed):
    begun = time.perf_counter()
    rows = learn()
    model = IsolationForest(n_estimators=100, random_state=seed).fit(rows)
    fitted = time.perf_counter()
    scores = -model.score_samples(look())
    scored = time.perf_counter()
    return -model.score_samples(rows), scores, fitted - begun, scored - fitted


def level(train, test, _):
    """How many lines are a warning, an error or an exception."""
    count = lambda window: sum(1 for line in window if FAILURE.search(line))
    return rule(lambda: None, lambda _, window, __: count(window), train, test)


def new_template(train, test, _):
    """How many masked lines no (other) window to learn from has."""

    def learn():
        return Counter(line for window in masked(train) for line in set(window))

    def count(seen, window, learned):
        return sum(1 for line in map(template, window) if seen[line] <= learned)

    return rule(learn, count, train, test)


def spike(train, test, _):
    """How far the count of lines is from the median, in deviations, on a scale of logarithms."""

    def learn():
        sizes = np.log1p([len(window) for window in train])
        middle = np.median(sizes)
        return middle, np.median(np.abs(sizes - middle)) + 0.1

    return rule(learn, lambda usual, window, _: abs(np.log1p(len(window)) - usual[0]) / usual[1], train, test)


def rule(learn, score, train, test):
    begun = time.perf_counter()
    known = learn()
    learned = time.perf_counter()
    scores = np.array([score(known, window, 0) for window in test], dtype=float)
    scored = time.perf_counter()
    return np.array([score(known, window, 1) for window in train], dtype=float), scores, learned - begun, scored - learned


def share(window, test):
    return sum(map(test, window)) / max(1, len(window))


METHODS = [
    ("python: TF-IDF + isolation forest", (plain, SEEDS)),
    ("python: template counts + novelty + isolation forest", (templates, SEEDS)),
    ("rule: level is a warning or worse", (level, SEEDS[:1])),
    ("rule: new template", (new_template, SEEDS[:1])),
    ("rule: count of lines", (spike, SEEDS[:1])),
]


# The figures ------------------------------------------------------------------------------------------------------------


def result(name, method, streams, labels):
    run, seeds = method
    runs, train_s, score_s = [], 0.0, 0.0
    for seed in seeds:
        scores, alarmed = np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
        for train, test, places in streams:
            learned, judged, fit_s, judge_s = run(train, test, seed)
            scores[places] = judged
            alarmed[places] = judged > np.quantile(learned, THRESHOLD_QUANTILE)
            train_s, score_s = train_s + fit_s / len(seeds), score_s + judge_s / len(seeds)
        runs.append((scores, alarmed))
    return {"name": name, "seconds": {"train": train_s, "score": score_s}} | figures(runs, labels)


def figures(runs, labels):
    """Means over runs, in Foghorn's words; null where there are not both kinds of windows."""
    known = labels >= 0
    found = [of_run(scores[known], alarmed[known], labels[known]) for scores, alarmed in runs]
    mean = lambda values: None if any(value is None for value in values) else float(np.mean(values))
    return {name: mean([one[name] for one in found]) for name in found[0]}


def of_run(scores, alarmed, labels):
    positives, normal = int(labels.sum()), int((labels == 0).sum())
    hits, false = int((alarmed & (labels == 1)).sum()), int((alarmed & (labels == 0)).sum())
    names = ["roc_auc", "average_precision", "best_f1", "precision", "recall", "f1"]
    values = dict.fromkeys(names)
    values["false_alarms_per_1000"] = 1000 * false / normal if normal else None
    if positives and normal:
        precision, recall, _ = precision_recall_curve(labels, scores)
        best = np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12))
        live = (hits / (hits + false) if hits + false else 0.0, hits / positives)
        f1 = 2 * hits / (positives + hits + false)
        order = (roc_auc_score(labels, scores), average_precision_score(labels, scores), best)
        values |= dict(zip(names, (*order, *live, f1)))
    return {name: None if value is None else float(value) for name, value in values.items()}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
