/** --feature-gates: NAME=BOOL, comma separated (pkg/featuregate), and the old flags that became gates. */
import { featureGates, gateFlags } from "./flag-table.ts";
import { ValueError, parseBool } from "./values.ts";

/** Gates that are beta; the others are alpha. */
const beta = ["TxnModeWriteWithSharedBuffer"];

/** @throws ValueError in etcd's words */
export function parseGates(text: string): ReadonlyMap<string, boolean> {
  const given = new Map<string, boolean>();
  for (const item of text.split(",")) {
    if (item === "") continue;
    const equals = item.indexOf("=");
    const name = (equals < 0 ? item : item.slice(0, equals)).trim();
    if (equals < 0) throw new ValueError(`missing bool value for ${name}`);
    const value = item.slice(equals + 1).trim();
    try {
      given.set(name, parseBool(value));
    } catch (error) {
      throw new ValueError(`invalid value of ${name}=${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`, { cause: error });
    }
  }
  for (const name of given.keys()) {
    if (!(name in featureGates) && name !== "AllAlpha" && name !== "AllBeta") throw new ValueError(`unrecognized feature gate: ${name}`);
  }
  return given;
}

interface Values {
  text(name: string): string;
  bool(name: string): boolean;
  isSet(name: string): boolean;
}

/** All gates as they are to be. @throws ValueError in etcd's words */
export function gatesOf(values: Values): Record<string, boolean> {
  const gates: Record<string, boolean> = { ...featureGates };
  const given = parseGates(values.text("feature-gates"));
  for (const [group, members] of [
    ["AllAlpha", Object.keys(gates).filter((name) => !beta.includes(name))],
    ["AllBeta", beta],
  ] as const) {
    const value = given.get(group);
    // what is named by itself is not touched by its group
    if (value !== undefined) for (const name of members) if (!given.has(name)) gates[name] = value;
  }
  for (const [name, value] of given) if (name in gates) gates[name] = value;
  for (const [flag, gate] of Object.entries(gateFlags)) {
    if (!values.isSet(flag)) continue;
    if (values.text("feature-gates").includes(gate)) {
      const gated = `--feature-gates=${gate}=${gates[gate]}`;
      throw new ValueError(`cannot specify both flags: --${flag}=${values.bool(flag)} and ${gated} at the same time, please just use ${gated}`);
    }
    gates[gate] = values.bool(flag);
  }
  if (gates.LeaseCheckpointPersist && !gates.LeaseCheckpoint) throw new ValueError("enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint");
  return gates;
}
