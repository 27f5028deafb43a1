// The thresholds as a user meets them, without WebAssembly and without Foghorn.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FORMAT, Gate, SCHEMA } from "./gate.js";
import { parse, validate } from "./settings.js";

const settings = parse(SCHEMA, []);
const usual = Array.from({ length: 200 }, (_, i) => 1 + (i % 10) / 100);

function calibrated() {
  const gate = new Gate(settings);
  gate.calibrate(usual);
  return gate;
}

test("usual scores pass and higher ones are graver", () => {
  const gate = calibrated();
  assert.ok(gate.decide(usual).every((decision) => decision.severity === 0));
  assert.deepEqual(gate.decide([1.5, 2.5, 9]).map((decision) => decision.severity), [1, 2, 3]);
});

test("nothing is decided before enough was seen, and high scores teach nothing", () => {
  const early = new Gate(settings).decide(Array(20).fill(9));
  assert.ok(early.every((decision) => decision.severity === 0 && decision.threshold > 9));
  const gate = calibrated();
  const before = gate.save();
  gate.decide([9]);
  assert.deepEqual(gate.save(), before);
});

test("a loaded gate decides alike, and damage and bad input are refused", () => {
  const gate = calibrated();
  const loaded = Gate.load(settings, FORMAT, gate.save());
  assert.deepEqual(loaded.decide(usual), gate.decide(usual));
  assert.throws(() => Gate.load(settings, FORMAT, gate.save().subarray(1)), { code: 2 });
  assert.throws(() => gate.decide([NaN]), { code: 4 });
  assert.equal(validate(SCHEMA, [["deviations", "0"]])[0].code, 1);
});
