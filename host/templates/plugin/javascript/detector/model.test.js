// The detector as a user meets it, without WebAssembly and without Foghorn.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FORMAT, Model, SCHEMA } from "./model.js";
import { parse, validate } from "./settings.js";

/** Dense rows in the contract's form. */
function rows(...list) {
  const packed = { columns: list[0].length, rowPtr: [0], idx: [], val: [] };
  for (const row of list) {
    row.forEach((value, column) => value !== 0 && packed.idx.push(column) && packed.val.push(value));
    packed.rowPtr.push(packed.idx.length);
  }
  return packed;
}

// One column varies, one is always 2, one is always 0.
const usual = rows(...Array.from({ length: 100 }, (_, i) => [i % 10, 2, 0]));
const model = Model.train(parse(SCHEMA, []), usual);

test("a strange row scores higher than every usual one and says why", () => {
  const strange = rows([4, 2, 5]);
  assert.ok(model.score(strange)[0] > 3 * Math.max(...model.score(usual)));
  const weights = model.explain(strange);
  assert.ok(weights[2] > weights[0] && weights[2] > weights[1], `${weights}`);
});

test("a loaded model scores with the same bits", () => {
  assert.deepEqual(Model.load(FORMAT, model.save()).score(usual), model.score(usual));
});

test("bad input ends in an error", () => {
  assert.throws(() => Model.train(parse(SCHEMA, []), rows([1, 2, 0])), { code: 3 });
  assert.throws(() => model.score(rows([1])), { code: 4 });
  assert.throws(() => model.score({ ...usual, rowPtr: [0, 7] }), { code: 4 });
  assert.throws(() => Model.load(FORMAT, model.save().subarray(1)), { code: 2 });
  for (const value of ["-1", "0x10", ""]) assert.equal(validate(SCHEMA, [["floor", value]])[0].code, 1);
});
