/** Chance that nobody can guess, for secrets such as tokens. */
import { randomInt } from "node:crypto";
import type { Random } from "../random.ts";

export const secretRandom: Random = {
  float: () => randomInt(2 ** 47) / 2 ** 47,
  below: (bound) => randomInt(bound),
};
