// Distance to the nearest neighbours: a row is strange when even the training rows most like it are far.
//
// S. Ramaswamy, R. Rastogi, K. Shim: Efficient algorithms for mining outliers from large data sets, SIGMOD 2000. The score is the
// distance to the k-th nearest of the kept training rows, every column measured in its deviations, as the root of 1 and its
// square: beginning at 1 keeps differences between rows that are all usual small. It sees columns that are strange only together,
// and several kinds of usual windows, which distances from one centre do not.
//
// Promises: no chance (rows are kept evenly over the training), so the same rows give the same bytes; hostile rows and states end
// in an error. Cost: one pass over all kept rows for each row scored.

/** Format number of the bytes that `save` writes. */
export const FORMAT = 1;

const COLUMNS_MAX = 4096;
const KEPT_MAX = 512;
/** Least deviation a column is said to have. */
const DEVIATION_MIN = 0.05;
/** Keeps squares far below what does not fit 32 bits. */
const DISTANCE_MAX = 1e6;

/** The contract's error. */
export const failure = (code, message) => ({ code, message });

/** Every setting, in the order shown. */
export const SCHEMA = [
  { key: "kept", summary: `How many training rows are kept to compare with: 2 to ${KEPT_MAX}`, default: "128" },
  { key: "k", summary: "Which neighbour's distance is the score: 1 to 32, 1 is the nearest", default: "3" },
];

const LIMITS = { kept: [2, KEPT_MAX], k: [1, 32] };

/** Settings from pairs of key and value; unknown keys are passed over. */
export function parse(pairs) {
  const settings = Object.fromEntries(SCHEMA.map((setting) => [setting.key, Number(setting.default)]));
  for (const [key, value] of pairs) {
    if (!Object.hasOwn(LIMITS, key)) continue;
    const [least, most] = LIMITS[key];
    const found = /^\d{1,4}$/.test(value) ? Number(value) : NaN;
    if (!(found >= least && found <= most)) {
      throw failure(1, `setting ${key} is "${value}"; allowed are whole numbers from ${least} to ${most}`);
    }
    settings[key] = found;
  }
  return settings;
}

/** One error for each unknown key, repeated key and bad value. */
export function validate(pairs) {
  const known = SCHEMA.map((setting) => setting.key);
  const check = ([key, value], i) => {
    if (!known.includes(key)) throw failure(1, `setting "${key}" is not known; known are ${known.join(", ")}`);
    if (pairs.slice(0, i).some(([earlier]) => earlier === key)) {
      throw failure(1, `setting ${key} is given twice; give it once`);
    }
    parse([[key, value]]);
  };
  return pairs.flatMap((pair, i) => {
    try {
      return check(pair, i) ?? [];
    } catch (error) {
      return [error];
    }
  });
}

/** The contract's rows, each with its zeros. */
export function* dense({ columns, rowPtr, idx, val }) {
  if (columns > COLUMNS_MAX) throw failure(4, `rows have ${columns} columns; allowed are ${COLUMNS_MAX}`);
  const sound = rowPtr.length > 0 && rowPtr[0] === 0 && rowPtr.at(-1) === idx.length && idx.length === val.length;
  if (!sound) throw failure(4, "row pointers do not fit the indices and values");
  for (let row = 0; row + 1 < rowPtr.length; row++) {
    if (rowPtr[row] > rowPtr[row + 1]) throw failure(4, `row pointers fall at row ${row}`);
    const values = new Array(columns).fill(0);
    for (let k = rowPtr[row]; k < rowPtr[row + 1]; k++) {
      if (!(idx[k] < columns && Number.isFinite(val[k]))) {
        throw failure(4, `row ${row} has ${val[k]} in column ${idx[k]} of ${columns}`);
      }
      values[idx[k]] = val[k];
    }
    yield values;
  }
}

export class Model {
  constructor({ k, rows, deviations, kept }) {
    Object.assign(this, { k, rows, deviations, kept });
  }

  static train(settings, rows) {
    const all = [...dense(rows)];
    if (all.length < 2) throw failure(3, `there are ${all.length} rows; training needs at least 2, wait for more`);
    const deviations = Array.from({ length: rows.columns }, (_, column) => {
      const mean = all.reduce((sum, row) => sum + row[column], 0) / all.length;
      const variance = all.reduce((sum, row) => sum + (row[column] - mean) ** 2, 0) / all.length;
      return Math.max(Math.sqrt(variance), DEVIATION_MIN);
    });
    const count = Math.min(settings.kept, all.length);
    const kept = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
    return new Model({ k: settings.k, rows: all.length, deviations, kept });
  }

  /** One score a row: the root of 1 and the squared distance to its k-th nearest kept row. */
  score(rows) {
    this.#checkColumns(rows);
    return Array.from(dense(rows), (row) => Math.sqrt(1 + this.#neighbour(row).distance));
  }

  /** One number a column for the one row: its part of the squared distance. */
  explain(rows) {
    this.#checkColumns(rows);
    const all = [...dense(rows)];
    if (all.length !== 1) throw failure(4, `there are ${all.length} rows to explain; allowed is one`);
    const { row } = this.#neighbour(all[0]);
    return this.deviations.map((_, column) => this.#square(all[0], row, column));
  }

  /** Figures for people. */
  stats() {
    return [["rows", this.rows], ["kept", this.kept.length], ["columns", this.deviations.length]];
  }

  /** The model as bytes: JSON, because it writes every number so that it is read back with the same bits. */
  save() {
    return Uint8Array.from(JSON.stringify({ ...this }), (letter) => letter.charCodeAt(0));
  }

  static load(format, state) {
    if (format !== FORMAT) {
      throw failure(2, `the state has format ${format}; these neighbours read ${FORMAT}, train again`);
    }
    const read = decoded(state);
    const numbers = (list) => Array.isArray(list) && list.every(Number.isFinite);
    const wide = (row) => numbers(row) && row.length === read.deviations.length;
    const sound =
      read && [read.k, read.rows].every((n) => Number.isInteger(n) && n > 0) && numbers(read.deviations) &&
      read.deviations.every((deviation) => deviation > 0) && Array.isArray(read.kept) &&
      read.kept.length > 0 && read.kept.length <= KEPT_MAX && read.kept.every(wide);
    if (!sound) throw failure(2, "the state is damaged; train again");
    return new Model(read);
  }

  #checkColumns(rows) {
    const trained = this.deviations.length;
    if (rows.columns !== trained) {
      throw failure(4, `rows have ${rows.columns} columns; the model was trained on ${trained}, train again`);
    }
  }

  #square(a, b, column) {
    return Math.min(Math.abs(a[column] - b[column]) / this.deviations[column], DISTANCE_MAX) ** 2;
  }

  /** The k-th nearest kept row, or the farthest where fewer are kept. */
  #neighbour(row) {
    const all = this.kept.map((kept) => {
      let distance = 0;
      for (let column = 0; column < row.length; column++) distance += this.#square(row, kept, column);
      return { row: kept, distance };
    });
    all.sort((a, b) => a.distance - b.distance);
    return all[Math.min(this.k, all.length) - 1];
  }
}

function decoded(state) {
  try {
    let text = "";
    for (const byte of state) text += String.fromCharCode(byte);
    return JSON.parse(text);
  } catch {
    return null;
  }
}
