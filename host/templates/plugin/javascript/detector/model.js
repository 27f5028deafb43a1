// Distances in deviations: a row is strange when its columns are far from their means.

import { failure } from "./settings.js";

/** Format number of the bytes that `save` writes. Raise it when they change. */
export const FORMAT = 1;

/** Keeps scores far below what does not fit 32 bits. */
const DISTANCE_MAX = 1e6;

/** Every setting, in the order shown. */
export const SCHEMA = [
  {
    key: "floor",
    summary: "Least deviation that a column is said to have: 0.000001 to 1000",
    default: "0.05",
    least: 1e-6,
    most: 1e3,
  },
];

/** Rows are the contract's: `columns`, `rowPtr`, `idx`, `val`. Each row comes back with its zeros. */
export function* dense({ columns, rowPtr, idx, val }) {
  const sound = rowPtr.length > 0 && rowPtr[0] === 0 && rowPtr.at(-1) === idx.length && idx.length === val.length;
  if (!sound) throw failure(4, "row pointers do not fit the indices and values");
  for (let row = 0; row + 1 < rowPtr.length; row++) {
    const values = new Float64Array(columns);
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
  /** `columns` is `{ mean, deviation }` for each column. */
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
  }

  static train(settings, rows) {
    const all = [...dense(rows)];
    if (all.length < 2) throw failure(3, `there are ${all.length} rows; training needs at least 2`);
    const columns = Array.from({ length: rows.columns }, (_, column) => {
      const mean = all.reduce((sum, row) => sum + row[column], 0) / all.length;
      const variance = all.reduce((sum, row) => sum + (row[column] - mean) ** 2, 0) / all.length;
      return { mean, deviation: Math.max(Math.sqrt(variance), settings.floor) };
    });
    return new Model(all.length, columns);
  }

  /**
   * One score a row: the root of 1 and the squared distances of its columns. 1 is a row that lies on all means; beginning
   * there keeps differences between rows that are all usual small.
   */
  score(rows) {
    this.#checkColumns(rows);
    return Array.from(dense(rows), (row) => Math.sqrt(this.#squares(row).reduce((sum, square) => sum + square, 1)));
  }

  /** One number a column for the one row: the square of its distance. */
  explain(rows) {
    this.#checkColumns(rows);
    const all = [...dense(rows)];
    if (all.length !== 1) throw failure(4, `there are ${all.length} rows to explain; allowed is one`);
    return this.#squares(all[0]);
  }

  /** Figures for people. */
  stats() {
    return [["rows", this.rows], ["columns", this.columns.length]];
  }

  /** The model as bytes: JSON, because it writes every number so that it is read back with the same bits. */
  save() {
    const text = JSON.stringify({ rows: this.rows, columns: this.columns });
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }

  static load(format, state) {
    if (format !== FORMAT) {
      throw failure(2, `the state has format ${format}; this detector reads ${FORMAT}, train again`);
    }
    let read;
    try {
      read = JSON.parse(Array.from(state, (byte) => String.fromCharCode(byte)).join(""));
    } catch {
      throw failure(2, "the state is damaged; train again");
    }
    const sound = (column) => Number.isFinite(column?.mean) && column.deviation > 0;
    if (!Number.isFinite(read?.rows) || !Array.isArray(read.columns) || !read.columns.every(sound)) {
      throw failure(2, "the state is damaged; train again");
    }
    return new Model(read.rows, read.columns);
  }

  #checkColumns(rows) {
    if (rows.columns !== this.columns.length) {
      const trained = this.columns.length;
      throw failure(4, `rows have ${rows.columns} columns; the model was trained on ${trained}, train again`);
    }
  }

  #squares(row) {
    const distance = ({ mean, deviation }, i) => Math.min(Math.abs(row[i] - mean) / deviation, DISTANCE_MAX);
    return this.columns.map((column, i) => distance(column, i) ** 2);
  }
}
