/** Steps of a quorum file: committed index or vote result of one majority or of two, checked against equivalent computations. */
import { describeIndex, describeQuorum } from "../../core/raft/format.ts";
import { IdSet } from "../../core/raft/index.ts";
import { committedIndex, jointCommittedIndex, jointVoteResult, voteResult } from "../../core/raft/quorum.ts";
import type { Case } from "./data-driven.ts";

/** @returns the result, preceded by a line for each equivalent computation that differs (none should) */
export function runQuorumStep(step: Case): string {
  const listOf = (key: string): readonly string[] => step.args.find((arg) => arg.key === key)?.values ?? [];
  const joint = step.args.some(({ key }) => key === "cfgj");
  const first = listOf("cfg").map(BigInt);
  const second = listOf("cfgj")
    .filter((value) => value !== "zero")
    .map(BigInt);
  const pair = { voters: IdSet.of(first), outgoing: IdSet.of(second) };
  const swapped = { voters: pair.outgoing, outgoing: pair.voters };
  const order = [...new Set([...first, ...second])];
  const answers = listOf(step.command === "vote" ? "votes" : "idx");
  if (answers.length !== order.length) return `error: mismatched input (explicit or _) for voters [${order.join(" ")}]`;

  if (step.command === "vote") {
    const given = new Map(order.map((id, at) => [id, answers[at]] as const).filter(([, answer]) => answer !== "_"));
    const voteOf = (id: bigint): boolean | undefined => (given.has(id) ? given.get(id) === "y" : undefined);
    const result = joint ? jointVoteResult(pair, voteOf) : voteResult(pair.voters, voteOf);
    const mirrored = jointVoteResult(swapped, voteOf);
    return `${mirrored === result ? "" : `${mirrored} <-- via symmetry\n`}${result}`;
  }

  const given = new Map(order.map((id, at) => [id, answers[at]!] as const).filter(([, answer]) => answer !== "_"));
  const acked = (id: bigint): number | undefined => (given.has(id) ? Number(given.get(id)) : undefined);
  const result = joint ? jointCommittedIndex(pair, acked) : committedIndex(pair.voters, acked);
  let differing = "";
  const compare = (index: number, how: string): void => {
    if (index !== result) differing += `${describeIndex(index)} <-- ${how}\n`;
  };
  compare(jointCommittedIndex(swapped, acked), "via symmetry");
  if (!joint) {
    compare(jointCommittedIndex({ voters: pair.voters, outgoing: IdSet.EMPTY }, acked), "via zero-joint quorum");
    compare(jointCommittedIndex({ voters: pair.voters, outgoing: pair.voters }, acked), "via self-joint quorum");
    for (const id of first) {
      const own = acked(id) ?? 0;
      // Who is behind the committed index anyway may fall back further without changing it.
      if (own === 0 || own >= result) continue;
      for (const lower of [own - 1, 0]) {
        compare(committedIndex(pair.voters, (other) => (other === id ? lower : acked(other))), `overlaying ${id}->${lower}`);
      }
    }
  }
  return `${describeQuorum(pair, acked)}${differing}${describeIndex(result)}`;
}
