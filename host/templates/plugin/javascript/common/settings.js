// Settings that are numbers: read and checked, with one sentence for each mistake.

/** The contract's error: a code and one sentence in lowercase: what was found, what is allowed, what to do. */
export const failure = (code, message) => ({ code, message });

/** Settings from pairs of key and value; unknown keys are passed over. `schema` has `key`, `default`, `least`, `most`. */
export function parse(schema, pairs) {
  const settings = Object.fromEntries(schema.map((setting) => [setting.key, Number(setting.default)]));
  for (const [key, value] of pairs) {
    const setting = schema.find((known) => known.key === key);
    if (setting) settings[key] = number(setting, value);
  }
  return settings;
}

/** One error for each unknown key, repeated key and bad value. */
export function validate(schema, pairs) {
  const known = schema.map((setting) => setting.key);
  const check = ([key, value], i) => {
    if (!known.includes(key)) throw failure(1, `setting "${key}" is not known; known are ${known.join(", ")}`);
    if (pairs.slice(0, i).some(([earlier]) => earlier === key)) {
      throw failure(1, `setting ${key} is given twice; give it once`);
    }
    parse(schema, [[key, value]]);
  };
  return pairs.flatMap((pair, i) => {
    try {
      check(pair, i);
      return [];
    } catch (error) {
      return [error];
    }
  });
}

// As people write numbers; Number() would take "0x10" and "" too.
const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function number({ key, least, most }, value) {
  const found = DECIMAL.test(value) ? Number(value) : NaN;
  if (!(found >= least && found <= most)) {
    throw failure(1, `setting ${key} is "${value}"; allowed are numbers from ${least} to ${most}`);
  }
  return found;
}
