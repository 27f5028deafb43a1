// The contract's side: settings and state come in, the plain gate does the work.

import { FORMAT, Gate as Plain, SCHEMA } from "./gate.js";
import { lifecycleOf, told } from "./glue.js";
import { failure, parse } from "./settings.js";

const CARD = {
  name: "plugin-name",
  pluginVersion: "0.1.0",
  summary: "Scores are too high when they lie many deviations above the mean",
  stateFormat: FORMAT,
  readsState: [FORMAT],
  extra: [],
};

export const lifecycle = lifecycleOf(CARD, SCHEMA);

class Gate {
  constructor(plain) {
    this.plain = plain;
  }

  static open(settings) {
    return told(() => new Gate(new Plain(parse(SCHEMA, settings))));
  }

  static load(settings, format, state) {
    return told(() => new Gate(Plain.load(parse(SCHEMA, settings), format, state)));
  }

  save() {
    return told(() => this.plain.save());
  }

  calibrate(scores) {
    return told(() => this.plain.calibrate(scores));
  }

  decide(scores, times) {
    return told(() => {
      if (scores.length !== times.length) {
        throw failure(4, `there are ${scores.length} scores but ${times.length} times`);
      }
      const decisions = this.plain.decide(scores);
      return {
        thresholds: decisions.map((decision) => decision.threshold),
        severities: Uint8Array.from(decisions, (decision) => decision.severity),
      };
    });
  }
}

export const thresholds = { Gate };
