/** A whole raft group that is played by an interaction file, command by command. */
import { ConfChange, ConfChangeTransition, ConfChangeV2, Message, MessageType, Snapshot } from "../../core/proto/gen/raftpb.ts";
import {
  describeEntries,
  describeMessage,
  describeProgress,
  InvariantError,
  isStorageThread,
  parseConfChanges,
  RaftError,
  type AnyConfChange,
  type RaftConfig,
} from "../../core/raft/index.ts";
import type { Case } from "./data-driven.ts";
import { InteractionNode } from "./interaction-node.ts";
import { InteractionOutput } from "./interaction-output.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type NodeConfig = Mutable<Omit<RaftConfig, "id" | "storage" | "random" | "logger">>;
type Handler = (group: InteractionGroup, step: Case) => void;

interface Recipient {
  readonly id: bigint;
  readonly drop: boolean;
}

export class InteractionGroup {
  readonly output = new InteractionOutput();
  readonly nodes: InteractionNode[] = [];
  /** Under way between nodes, in the order sent. */
  readonly network: Message[] = [];

  /**
   * @returns what the step prints, as the file should have it
   * @throws InvariantError which no file expects
   */
  run(step: Case): string {
    this.output.take();
    let failure = "";
    try {
      const handler = HANDLERS[step.command];
      if (handler === undefined) throw new Error("unknown command");
      handler(this, step);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof InvariantError) throw error;
      failure = error.message;
    }
    const printed = this.output.take();
    if (this.output.quiet) return failure === "" ? "ok" : failure;
    return printed + failure === "" ? "ok" : printed + failure;
  }

  node(id: number): InteractionNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** @returns how many messages were delivered or dropped */
  deliver(type: number | undefined, recipients: readonly Recipient[]): number {
    let count = 0;
    for (const { id, drop } of recipients) {
      const taken = this.network.filter((message) => isFor(message, id, type, drop));
      if (taken.length === 0) continue;
      count += taken.length;
      const rest = this.network.filter((message) => !isFor(message, id, type, drop));
      this.network.splice(0, this.network.length, ...rest);
      for (const message of taken) {
        this.output.write(`${drop ? "dropped: " : ""}${describeMessage(message)}\n`);
        if (drop) continue;
        try {
          this.node(Number(id)).raw.step(message);
        } catch (error) {
          if (!(error instanceof RaftError)) throw error;
          this.output.write(`${error.message}\n`);
        }
      }
    }
    return count;
  }

  hasMessagesFor(id: bigint): boolean {
    return this.network.some((message) => message.to === id);
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.network.push(message);
  }

  /** Ready, delivery and storage threads, round by round, until a round finds nothing to do. */
  stabilize(nodes: readonly InteractionNode[]): void {
    const { output } = this;
    let busy = true;
    while (busy) {
      busy = false;
      const pass = (what: string, pending: (node: InteractionNode) => boolean, work: (node: InteractionNode) => void): void => {
        for (const node of nodes) {
          if (!pending(node)) continue;
          output.write(`> ${node.config.id} ${what}\n`);
          work(node);
          busy = true;
        }
      };
      pass("handling Ready", (node) => node.raw.hasReady(), (node) => output.indented(() => this.send(node.processReady())));
      pass(
        "receiving messages",
        (node) => this.hasMessagesFor(node.config.id),
        (node) => output.indented(() => void this.deliver(undefined, [{ id: node.config.id, drop: false }])),
      );
      pass("processing append thread", (node) => node.appendWork.length > 0, (node) => {
        while (node.appendWork.length > 0) output.indented(() => this.send(node.processAppend()));
      });
      pass("processing apply thread", (node) => node.applyWork.length > 0, (node) => {
        while (node.applyWork.length > 0) output.indented(() => this.send(node.processApply()));
      });
    }
  }
}

/** Messages to and from storage threads, and to oneself, are never lost. */
function isFor(message: Message, id: bigint, type: number | undefined, drop: boolean): boolean {
  if (message.to !== id || (type !== undefined && message.type !== type)) return false;
  return !drop || (message.from !== message.to && !isStorageThread(message.from) && !isStorageThread(message.to));
}

function bareWords(step: Case): string[] {
  return step.args.filter(({ values }) => values.length === 0).map(({ key }) => key);
}

function firstNode(group: InteractionGroup, step: Case): InteractionNode {
  return group.node(Number(step.args[0]?.key));
}

function valueOf(step: Case, key: string): string | undefined {
  return step.args.find((arg) => arg.key === key)?.values[0];
}

/** A command that takes nodes: several get a header each and are indented. */
function forEachNode(header: string, work: (group: InteractionGroup, node: InteractionNode) => void): Handler {
  return (group, step) => {
    const ids = bareWords(step).map(Number);
    for (const id of ids) {
      if (ids.length === 1) {
        work(group, group.node(id));
      } else {
        group.output.write(`> ${id} ${header}\n`);
        group.output.indented(() => work(group, group.node(id)));
      }
    }
  };
}

function addNodes(group: InteractionGroup, step: Case): void {
  const config: NodeConfig = { electionTick: 3, heartbeatTick: 1, maxSizePerMsg: Infinity, maxInflightMsgs: 2 ** 31 - 1 };
  const start = Snapshot.create();
  for (const { key, values } of step.args.slice(1)) {
    const value = values[0] ?? "";
    const flag = value === "true";
    if (key === "voters") start.metadata.confState.voters = values.map(BigInt);
    else if (key === "learners") start.metadata.confState.learners = values.map(BigInt);
    else if (key === "inflight") config.maxInflightMsgs = Number(value);
    else if (key === "index") start.metadata.index = config.applied = Number(value);
    else if (key === "content") start.data = Buffer.from(value);
    else if (key === "async-storage-writes") config.asyncStorageWrites = flag;
    else if (key === "prevote") config.preVote = flag;
    else if (key === "checkquorum") config.checkQuorum = flag;
    else if (key === "max-committed-size-per-ready") config.maxCommittedSizePerReady = Number(value);
    else if (key === "disable-conf-change-validation") config.disableConfChangeValidation = flag;
    else if (key === "step-down-on-removal") config.stepDownOnRemoval = flag;
    else if (key === "read-only" && (value === "safe" || value === "lease-based")) config.readOnly = value;
    else throw new Error(`invalid argument ${key}=${value}`);
  }
  const { confState, index } = start.metadata;
  if (index > 0 || start.data !== undefined || confState.voters.length > 0 || confState.learners.length > 0) {
    if (index <= 1) throw new Error("index must be specified as > 1 due to bootstrap");
    start.metadata.term = 1;
  }
  for (let count = Number(step.args[0]?.key); count > 0; count--) {
    const id = BigInt(group.nodes.length + 1);
    group.nodes.push(new InteractionNode({ ...config, id }, start, group.output));
  }
}

function deliverMessages(group: InteractionGroup, step: Case): void {
  const recipients: Recipient[] = [];
  let type: number | undefined;
  for (const { key, values } of step.args) {
    if (values.length === 0) recipients.push({ id: BigInt(key), drop: false });
    else if (key === "drop") recipients.push(...values.map((id) => ({ id: BigInt(id), drop: true })));
    else if (key === "type") type = MessageType[values[0] as keyof typeof MessageType];
  }
  if (group.deliver(type, recipients) === 0) group.output.write("no messages\n");
}

function printLog(group: InteractionGroup, { storage }: InteractionNode): void {
  const first = storage.firstIndex();
  const last = storage.lastIndex();
  if (last < first) group.output.write(`log is empty: first index=${first}, last index=${last}`);
  else group.output.write(describeEntries(storage.entries(first, last + 1, Infinity)));
}

function proposeConfChange(group: InteractionGroup, step: Case): void {
  const transitions: Readonly<Record<string, number>> = {
    auto: ConfChangeTransition.ConfChangeTransitionAuto,
    implicit: ConfChangeTransition.ConfChangeTransitionJointImplicit,
    explicit: ConfChangeTransition.ConfChangeTransitionJointExplicit,
  };
  const transition = transitions[valueOf(step, "transition") ?? "auto"];
  if (transition === undefined) throw new Error(`unknown transition ${valueOf(step, "transition")}`);
  const changes = parseConfChanges(step.input);
  let change: AnyConfChange = ConfChangeV2.create({ transition, changes });
  if (valueOf(step, "v1") === "true") {
    if (changes.length > 1 || transition !== ConfChangeTransition.ConfChangeTransitionAuto) {
      throw new Error("v1 conf change can only have one operation and no transition");
    }
    change = ConfChange.create({ type: changes[0]!.type, nodeId: changes[0]!.nodeId });
  }
  firstNode(group, step).raw.proposeConfChange(change);
}

function sendSnapshot(group: InteractionGroup, step: Case): void {
  const [from, to] = bareWords(step).map(Number);
  const { raw, storage } = group.node(from!);
  const message = Message.create({
    type: MessageType.MsgSnap,
    term: raw.basicStatus().hardState.term,
    from: BigInt(from!),
    to: BigInt(to!),
    snapshot: storage.snapshot(),
  });
  group.send([message]);
  group.output.write(describeMessage(message));
}

function printStates(group: InteractionGroup): void {
  for (const { raw } of group.nodes) {
    const { id, softState, hardState, configuration } = raw.status();
    const votes = configuration.voters.has(id) || configuration.outgoing.has(id);
    const line = `${id}: ${softState.role} ${votes ? "(Voter)" : "(Non-Voter)"} Term:${hardState.term} Lead:${softState.lead}`;
    group.output.write(`${line}\n`);
  }
}

function stabilize(group: InteractionGroup, step: Case): void {
  const before = group.output.level;
  const level = valueOf(step, "log-level");
  if (level !== undefined) group.output.setLevel(level);
  try {
    const ids = bareWords(step).map(Number);
    group.stabilize(ids.length > 0 ? ids.map((id) => group.node(id)) : group.nodes);
  } finally {
    group.output.level = before;
  }
}

function tick(node: InteractionNode, count: number): void {
  for (let done = 0; done < count; done++) node.raw.tick();
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  _breakpoint: () => undefined,
  "add-nodes": addNodes,
  campaign: (group, step) => firstNode(group, step).raw.campaign(),
  compact: (group, step) => {
    const node = firstNode(group, step);
    node.storage.compact(Number(step.args[1]?.key));
    printLog(group, node);
  },
  "deliver-msgs": deliverMessages,
  "forget-leader": (group, step) => firstNode(group, step).raw.forgetLeader(),
  "log-level": (group, step) => group.output.setLevel(step.args[0]?.key ?? ""),
  "process-append-thread": forEachNode("processing append thread", (group, node) => group.send(node.processAppend())),
  "process-apply-thread": forEachNode("processing apply thread", (group, node) => group.send(node.processApply())),
  "process-ready": forEachNode("handling Ready", (group, node) => group.send(node.processReady())),
  propose: (group, step) => firstNode(group, step).raw.propose(Buffer.from(step.args[1]?.key ?? "")),
  "propose-conf-change": proposeConfChange,
  "raft-log": (group, step) => printLog(group, firstNode(group, step)),
  "raft-state": printStates,
  "report-unreachable": (group, step) => {
    const [on, about] = bareWords(step).map(Number);
    group.node(on!).raw.reportUnreachable(BigInt(about!));
  },
  "send-snapshot": sendSnapshot,
  "set-randomized-election-timeout": (group, step) => {
    firstNode(group, step).raw.setRandomizedElectionTimeout(Number(valueOf(step, "timeout")));
  },
  stabilize,
  status: (group, step) => {
    for (const progress of firstNode(group, step).raw.status().progress) {
      group.output.write(`${progress.id}: ${describeProgress(progress)}\n`);
    }
  },
  "tick-election": (group, step) => tick(firstNode(group, step), firstNode(group, step).config.electionTick),
  "tick-heartbeat": (group, step) => tick(firstNode(group, step), firstNode(group, step).config.heartbeatTick),
  "transfer-leadership": (group, step) => {
    group.node(Number(valueOf(step, "from"))).raw.transferLeader(BigInt(valueOf(step, "to") ?? ""));
  },
};
