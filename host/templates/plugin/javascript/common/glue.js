// What every plugin's contract side has.

import host from "foghorn:plugin/host@0.1.0";
import { validate } from "./settings.js";

/** The contract's `lifecycle`. */
export const lifecycleOf = (card, schema) => ({
  describe: () => card,
  settingsSchema: () => schema.map(({ key, summary, default: value }) => ({ key, summary, default: value })),
  validateSettings: (pairs) => validate(schema, pairs),
});

/**
 * Runs `call`. An exception with `code` and `message` is the contract's error. Any other ends the instance, and a trap carries no
 * message: the host's log is told before.
 */
export function told(call) {
  try {
    return call();
  } catch (error) {
    if (error?.code === undefined) host.log(0, `${error}; ${error?.stack}`);
    throw error;
  }
}
