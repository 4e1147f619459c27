/** Lets the event loop turn: raft's ticks and clients' requests go on while a long piece of work is done in parts. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
