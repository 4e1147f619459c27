/** Profiles of V8 as pprof's: call trees become samples with their stacks. */
import type { Profiler } from "node:inspector";
import { type Function as PprofFunction, type Location, Profile, type Sample, type ValueType } from "../../proto/gen/profile.ts";

export interface CallNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly CallNode[];
  /** bytes alive that this frame allocated; of heap profiles */
  readonly selfSize?: number;
}

interface Meaning {
  /** name and unit of each value of a sample */
  readonly types: readonly (readonly [string, string])[];
  readonly valuesOf: (node: CallNode) => readonly number[];
  readonly period: readonly [type: string, unit: string, value: number];
  readonly begunMs: number;
  readonly durationMs: number;
}

/** A whole profile, not compressed. */
export function profileOf(roots: readonly CallNode[], meaning: Meaning): Buffer {
  const strings = new Strings();
  const functions: PprofFunction[] = [];
  const locations: Location[] = [];
  const known = new Map<string, bigint>();
  const sample: Sample[] = [];
  const locate = ({ callFrame: { functionName, url, lineNumber } }: CallNode): bigint => {
    const key = `${functionName} ${url} ${lineNumber}`;
    let id = known.get(key);
    if (id === undefined) {
      id = BigInt(locations.length + 1);
      const name = strings.of(functionName === "" ? "(anonymous)" : functionName);
      const startLine = BigInt(lineNumber + 1);
      functions.push({ id, name, systemName: name, filename: strings.of(url), startLine });
      locations.push({ id, line: [{ functionId: id, line: startLine }] });
      known.set(key, id);
    }
    return id;
  };
  const type = ([name, unit]: readonly [string, string, ...unknown[]]): ValueType => ({ type: strings.of(name), unit: strings.of(unit) });
  // stacks are told from the innermost frame out
  const open: { readonly node: CallNode; readonly stack: readonly bigint[] }[] = roots.map((node) => ({ node, stack: [] }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const stack = [locate(next.node), ...next.stack];
    const values = meaning.valuesOf(next.node);
    if (values.some((value) => value > 0)) sample.push({ locationId: stack, value: values.map(BigInt) });
    for (const child of next.node.children ?? []) open.push({ node: child, stack });
  }
  return Profile.encode({
    sampleType: meaning.types.map(type),
    sample,
    location: locations,
    function: functions,
    periodType: type(meaning.period),
    period: BigInt(meaning.period[2]),
    timeNanos: BigInt(meaning.begunMs) * 1_000_000n,
    durationNanos: BigInt(Math.round(meaning.durationMs * 1e6)),
    stringTable: strings.all,
  });
}

/** The strings of a profile, each once; the first is empty, as the format wants it. */
class Strings {
  readonly all: string[] = [""];
  private readonly known = new Map<string, bigint>([["", 0n]]);

  of(text: string): bigint {
    let index = this.known.get(text);
    if (index === undefined) {
      index = BigInt(this.all.length);
      this.known.set(text, index);
      this.all.push(text);
    }
    return index;
  }
}

export const CpuProfile = {
  /** @param profile of V8's profiler: flat nodes, and which of them was seen when */
  toPprof(profile: Profiler.Profile, begunMs: number): Buffer {
    const counts = new Map<number, { samples: number; micros: number }>();
    for (const [at, id] of (profile.samples ?? []).entries()) {
      const seen = counts.get(id) ?? { samples: 0, micros: 0 };
      seen.samples++;
      seen.micros += Math.max(0, profile.timeDeltas?.[at] ?? 0);
      counts.set(id, seen);
    }
    const byId = new Map(profile.nodes.map((node) => [node.id, { ...node, children: [] as CallNode[] }]));
    for (const node of profile.nodes) for (const child of node.children ?? []) byId.get(node.id)!.children.push(byId.get(child)!);
    const root = byId.get(profile.nodes[0]!.id)!;
    const total = profile.endTime - profile.startTime;
    return profileOf([root], {
      types: [
        ["samples", "count"],
        ["cpu", "nanoseconds"],
      ],
      valuesOf: (node) => {
        const { id, callFrame } = node as CallNode & { id: number };
        const seen = counts.get(id);
        // waiting is no use of the CPU
        return seen === undefined || callFrame.functionName === "(idle)" ? [0, 0] : [seen.samples, seen.micros * 1000];
      },
      period: ["cpu", "nanoseconds", Math.round((total / Math.max(1, profile.samples?.length ?? 1)) * 1000)],
      begunMs,
      durationMs: total / 1000,
    });
  },
};
