// The contract's side: settings and state come in, the plain model does the work.

import { lifecycleOf, told } from "./glue.js";
import { FORMAT, Model as Plain, SCHEMA } from "./model.js";
import { failure, parse } from "./settings.js";

const CARD = {
  name: "plugin-name",
  pluginVersion: "0.1.0",
  summary: "How many deviations the columns of a window lie from their means",
  stateFormat: FORMAT,
  readsState: [FORMAT],
  extra: [],
};

export const lifecycle = lifecycleOf(CARD, SCHEMA);

class Model {
  constructor(plain) {
    this.plain = plain;
  }

  static train(settings, rows, _seed, _part, _parts) {
    return told(() => new Model(Plain.train(parse(SCHEMA, settings), rows)));
  }

  // This detector's training is one part, so there is one state.
  static merge(settings, format, states) {
    if (states.length !== 1) throw failure(2, `there are ${states.length} parts; this detector trains in one`);
    return Model.load(settings, format, states[0]);
  }

  static load(settings, format, state) {
    return told(() => {
      parse(SCHEMA, settings);
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
