// The contract's side: settings and state come in, the plain model does the work. An exception with `code` and `message`
// is the contract's error.

import host from "foghorn:plugin/host@0.1.0";
import { FORMAT, Model as Plain, SCHEMA, failure, parse, validate } from "./model.js";

export const lifecycle = {
  describe: () => ({
    name: "neighbours",
    pluginVersion: "0.1.0",
    summary: "A window is strange when even the learned windows most like it are far",
    stateFormat: FORMAT,
    readsState: [FORMAT],
    extra: [],
  }),
  settingsSchema: () => SCHEMA,
  validateSettings: validate,
};

/** Any other exception ends the instance, and a trap carries no message: the host's log is told before. */
function told(call) {
  try {
    return call();
  } catch (error) {
    if (error?.code === undefined) host.log(0, `${error}; ${error?.stack}`);
    throw error;
  }
}

class Model {
  constructor(plain) {
    this.plain = plain;
  }

  static train(settings, rows, _seed, _part, _parts) {
    return told(() => new Model(Plain.train(parse(settings), rows)));
  }

  // This detector's training is one part, so there is one state.
  static merge(settings, format, states) {
    if (states.length !== 1) throw failure(2, `there are ${states.length} parts; this detector trains in one`);
    return Model.load(settings, format, states[0]);
  }

  static load(settings, format, state) {
    return told(() => {
      parse(settings);
      return new Model(Plain.load(format, state));
    });
  }

  save() {
    return told(() => this.plain.save());
  }

  score(rows) {
    return told(() => this.plain.score(rows));
  }

  explain(rows) {
    return told(() => this.plain.explain(rows));
  }

  stats() {
    return told(() => this.plain.stats());
  }
}

export const detector = { Model };
