/** What must hold between the answers that clients got and the history that members keep. Texts of what does not. */
import type { StormOperation, Told } from "./clients.ts";
import type { Seen } from "./watchers.ts";

/** Every acknowledged write is in the history, at the revision that its answer named; and nothing is that nobody asked for. */
export function lostOrInvented(told: readonly Told[], operations: readonly StormOperation[], whole: readonly Seen[]): string[] {
  const wrong: string[] = [];
  const at = new Map(whole.map((event) => [event.revision, event]));
  for (const { operation, revision, wrote } of told) {
    const { input } = operation;
    if (!wrote || input.kind === "get") continue;
    const value = input.kind === "delete" ? null : input.value;
    const event = at.get(revision);
    if (event?.key !== input.key || event.value !== value) wrong.push(`acknowledged at ${revision}: ${JSON.stringify(input)}; kept: ${JSON.stringify(event)}`);
  }
  const asked = new Set(operations.flatMap(({ input }) => ("value" in input ? [`${input.key} ${input.value}`] : [])));
  const put = new Set<string>();
  for (const { revision, key, value } of whole) {
    if (value === null || value === "end") continue;
    const text = `${key} ${value}`;
    if (!asked.has(text)) wrong.push(`nobody asked for ${text}, at ${revision}`);
    if (put.has(text)) wrong.push(`a second time ${text}, at ${revision}`);
    put.add(text);
  }
  return wrong;
}

/** The store's revision never goes back: who asks after an answer came is told at least its revision, and a later one for a write. */
export function brokenOrder(told: readonly Told[]): string[] {
  const byCall = [...told].sort((left, right) => left.operation.called - right.operation.called);
  const byReturn = [...told].sort((left, right) => left.operation.returned - right.operation.returned);
  const wrong: string[] = [];
  let [highest, ended] = [0, 0];
  for (const { operation, revision, wrote } of byCall) {
    for (; byReturn[ended]!.operation.returned < operation.called; ended++) highest = Math.max(highest, byReturn[ended]!.revision);
    if (revision < highest || (wrote && revision === highest)) wrong.push(`${JSON.stringify(operation.input)} was told revision ${revision} after ${highest} was known`);
  }
  return wrong;
}
