/** Randomness as the core sees it: handed in, so that a seed replays a run. */

export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
}

/**
 * A generator for simulations and faults (sfc32 over a mixed seed): good spread, no secrets.
 * @param seed any number; its low 32 bits and the rest both count
 */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 4294967296) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round++) next();
  return {
    float: () => next() / 4294967296,
    below: (bound) => Math.floor((next() / 4294967296) * bound),
  };
}
