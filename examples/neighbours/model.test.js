import assert from "node:assert/strict";
import { test } from "node:test";

import { FORMAT, Model, parse, validate } from "./model.js";

/** Dense rows in the contract's form. */
function rows(...list) {
  const packed = { columns: list[0].length, rowPtr: [0], idx: [], val: [] };
  for (const row of list) {
    row.forEach((value, column) => value !== 0 && packed.idx.push(column) && packed.val.push(value));
    packed.rowPtr.push(packed.idx.length);
  }
  return packed;
}

// Two kinds of usual windows, far apart: both columns are low, or both are high.
const usual = rows(...Array.from({ length: 200 }, (_, i) => (i % 2 ? [i % 5, i % 7] : [20 + (i % 5), 30 + (i % 7)])));
const model = Model.train(parse([]), usual);

test("columns that are strange only together are seen, which no distance from a centre sees", () => {
  const highest = Math.max(...model.score(usual));
  const [between, mixed] = model.score(rows([12, 18], [22, 3]));
  assert.ok(between > 1.4 * highest && mixed > 1.4 * highest, `${between} ${mixed} ${highest}`);
});

test("the score is worked out by hand for a small model", () => {
  const small = Model.train(parse([["k", "2"]]), rows([0, 0], [2, 0], [4, 0]));
  // The deviation of 0, 2, 4 is the root of 8/3; of 0, 0, 0 the least one. The second nearest of [5, 0.1] is [2, 0].
  const expected = [9 / (8 / 3), (0.1 / 0.05) ** 2];
  const weights = small.explain(rows([5, 0.1]));
  weights.forEach((weight, column) => assert.ok(Math.abs(weight - expected[column]) < 1e-9, `${weights}`));
  assert.ok(Math.abs(small.score(rows([5, 0.1]))[0] - Math.sqrt(1 + expected[0] + expected[1])) < 1e-9);
});

test("a loaded model scores with the same bits", () => {
  const loaded = Model.load(FORMAT, model.save());
  assert.deepEqual(loaded.score(usual), model.score(usual));
  assert.deepEqual(loaded.save(), model.save());
});

test("damaged states are refused", () => {
  const state = model.save();
  for (const end of [0, 1, 10, state.length - 1]) {
    assert.throws(() => Model.load(FORMAT, state.subarray(0, end)), { code: 2 });
  }
  assert.throws(() => Model.load(FORMAT + 1, state), { code: 2 });
  const text = '{"k":1,"rows":2,"deviations":[1],"kept":[[1,2]]}';
  assert.throws(() => Model.load(FORMAT, new TextEncoder().encode(text)), { code: 2 });
});

test("bad rows and settings end in an error", () => {
  assert.throws(() => Model.train(parse([]), rows([1])), { code: 3 });
  assert.throws(() => model.score(rows([1])), { code: 4 });
  assert.throws(() => model.explain(usual), { code: 4 });
  assert.throws(() => model.score({ ...usual, rowPtr: [0, 7] }), { code: 4 });
  assert.throws(() => model.score({ columns: 2, rowPtr: [0, 1], idx: [2], val: [1] }), { code: 4 });
  const messages = validate([["k", "0"], ["kept", "1e3"], ["n", "1"], ["k", "2"]]).map((error) => error.message);
  assert.deepEqual(messages, [
    'setting k is "0"; allowed are whole numbers from 1 to 32',
    'setting kept is "1e3"; allowed are whole numbers from 2 to 512',
    'setting "n" is not known; known are kept, k',
    "setting k is given twice; give it once",
  ]);
});
