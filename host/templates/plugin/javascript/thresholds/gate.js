// A moving mean and deviation of usual scores; what is far above is too high, and teaches nothing.

import { failure } from "./settings.js";

/** Format number of the bytes that `save` writes. Raise it when they change. */
export const FORMAT = 1;

/** Scores before the first decision. */
const WARM = 20;
/** Scores that the mean looks back on, about. */
const MEMORY = 1000;
/** Least deviation that scores are said to have. */
const DEVIATION_MIN = 0.01;
/** Severities 1, 2 and 3 begin at so many times the threshold. */
const STEPS = [1, 1.5, 3];
/** The largest number of 32 bits. */
const MOST = 3.4028234663852886e38;

/** Every setting, in the order shown. */
export const SCHEMA = [
  {
    key: "deviations",
    summary: "How many deviations above the mean a score must be: 1 to 100",
    default: "6",
    least: 1,
    most: 100,
  },
];

export class Gate {
  constructor(settings, { seen = 0, mean = 0, variance = 0 } = {}) {
    this.settings = settings;
    Object.assign(this, { seen, mean, variance });
  }

  /** A new generation serves from now on: its usual level is that of `scores`. */
  calibrate(scores) {
    check(scores);
    if (scores.length === 0) return;
    Object.assign(this, { seen: 0, mean: 0, variance: 0 });
    scores.forEach((score) => this.#learn(score));
  }

  /** `{ threshold, severity }` for each score. */
  decide(scores) {
    check(scores);
    return Array.from(scores, (score) => this.#decideOn(score));
  }

  #decideOn(score) {
    const deviation = Math.max(Math.sqrt(this.variance), DEVIATION_MIN);
    // The threshold crosses as 32 bits, so that is what the score is compared with.
    const threshold = Math.fround(Math.min(this.mean + this.settings.deviations * deviation, MOST));
    if (this.seen < WARM) {
      this.#learn(score);
      // Nothing is decided yet: the threshold shown is one that the score does not reach.
      return { threshold: Math.fround(Math.min(Math.max(threshold, 2 * score), MOST)), severity: 0 };
    }
    const severity = STEPS.filter((step) => score >= step * threshold).length;
    if (severity === 0) this.#learn(score);
    return { threshold, severity };
  }

  #learn(score) {
    this.seen += 1;
    const share = Math.max(1 / this.seen, 1 / MEMORY);
    const away = score - this.mean;
    this.mean += share * away;
    this.variance = (1 - share) * (this.variance + share * away * away);
  }

  /** All that was seen, as bytes: JSON, because it writes every number so that it is read back with the same bits. */
  save() {
    const { seen, mean, variance } = this;
    return Uint8Array.from(JSON.stringify({ seen, mean, variance }), (letter) => letter.charCodeAt(0));
  }

  static load(settings, format, state) {
    if (format !== FORMAT) {
      throw failure(2, `the state has format ${format}; these thresholds read ${FORMAT}, start anew`);
    }
    let read;
    try {
      read = JSON.parse(Array.from(state, (byte) => String.fromCharCode(byte)).join(""));
    } catch {
      throw failure(2, "the state is damaged; start anew");
    }
    const sound = [read?.seen, read?.mean, read?.variance].every((number) => Number.isFinite(number) && number >= 0);
    if (!sound) throw failure(2, "the state is damaged; start anew");
    return new Gate(settings, read);
  }
}

function check(scores) {
  const bad = scores.findIndex((score) => !(Number.isFinite(score) && score >= 0));
  if (bad >= 0) throw failure(4, `score ${bad} is ${scores[bad]}; scores are finite and 0 or more`);
}
