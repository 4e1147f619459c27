/** What a window may ask of a lab. Arguments were checked at the border. */
import { CommandError } from "./contract/host.ts";
import type { CommandName, Commands } from "./contract/protocol.ts";
import type { LabsCommands } from "./contract/labs.ts";
import { UnitError } from "../shell/world.ts";
import type { Lab } from "./lab.ts";
import { configurationOf } from "./member-page/configuration.ts";

type OwnCommand = Exclude<CommandName, keyof LabsCommands>;
type Handlers = { readonly [K in OwnCommand]: (lab: Lab, args: Commands[K]["args"]) => Commands[K]["reply"] | Promise<Commands[K]["reply"]> };

const done = (_: unknown): null => null;

const handlers: Handlers = {
  "member.kill": (lab, { host }) => done(lab.faults.kill(host)),
  "member.pause": (lab, { host }) => done(lab.faults.pause(host)),
  "member.resume": (lab, { host }) => done(lab.faults.resume(host)),
  "member.stop": async (lab, { host }) => done(await lab.machine(host).services.stop("etcd")),
  // a member without a quorum takes long to be ready; the window sees by itself when it is
  "member.start": (lab, { host }) => started(lab.machine(host).services.start("etcd")),
  "member.restart": (lab, { host }) => started(lab.machine(host).services.restart("etcd")),
  "fault.link": (lab, { from, to, kind, amount }) => lab.faults.link(from, to, kind, amount),
  "fault.disk": (lab, { host, kind, amount }) => lab.faults.disk(host, kind, amount),
  "fault.isolate": (lab, { host }) => done(lab.faults.isolate(host)),
  "fault.partition": (lab, { side }) => done(lab.faults.partition(side)),
  "fault.skew": (lab, { host, amount }) => done(lab.faults.skew(host, amount)),
  "fault.flip": (lab, { host, ...flip }) => lab.faults.flip(host, flip),
  "fault.file": (lab, { host, kind }) => lab.faults.damage(host, kind),
  "fault.pace": (lab, { slowdown }) => done(lab.faults.pace(slowdown)),
  "step.set": (lab, { on }) => done(lab.faults.step(on)),
  "step.settle": (lab, { letters, fate }) => done(lab.mail.settle(letters, fate)),
  "step.ticks": (lab, { host, count }) => done(lab.faults.ticks(host, count)),
  "fault.undo": (lab, { id }) => done(lab.faults.undo(id)),
  "fault.heal": (lab) => done(lab.faults.heal()),
  "keys.list": (lab, args) => lab.keys.list(args),
  "keys.get": (lab, args) => lab.keys.get(args),
  "keys.history": (lab, args) => lab.keys.history(args),
  "keys.put": (lab, args) => lab.keys.put(args),
  "keys.delete": (lab, args) => lab.keys.delete(args),
  "keys.user": async (lab, { name, password }) => done(await lab.keys.setUser(name === "" ? undefined : { name, password })),
  "snapshots.list": (lab) => lab.snapshots.list(),
  "snapshots.inspect": (lab, side) => lab.snapshots.inspect(side),
  "snapshots.save": (lab, side) => lab.snapshots.save(side),
  "snapshots.restore": (lab, side) => lab.snapshots.restore(side),
  "snapshots.diff": (lab, { from, to }) => lab.snapshots.diff(from, to),
  "snapshots.rows": (lab, args) => lab.snapshots.rows(args),
  "snapshots.values": (lab, args) => lab.snapshots.values(args),
  "disk.files": (lab, { host }) => lab.disk.files(lab.machine(host)),
  "disk.wal": (lab, args) => lab.disk.walPage(lab.machine(args.host), args),
  "disk.snap": (lab, args) => lab.disk.snap(lab.machine(args.host), args),
  "disk.database": (lab, args) => lab.disk.database(lab.machine(args.host), args),
  "disk.pages": (lab, args) => lab.disk.pages(lab.machine(args.host), args),
  "disk.page": (lab, args) => lab.disk.page(lab.machine(args.host), args),
  "disk.pairs": (lab, args) => lab.disk.pairs(lab.machine(args.host), args),
  "member.configuration": (lab, { host }) => configurationOf(lab.machine(host)),
  "member.samples": (lab, { host }) => ({ samples: lab.meterHistory(lab.machine(host).name).list() }),
  "member.log": (lab, { host, limit }) => lab.logs.newest(lab.machine(host), limit),
  "view.look": (lab, { viewer, topic, host, on }) => done(lab.lookouts.set(viewer, topic, topic === "journal" ? lab.machine(host).name : "", on)),
  "lease.revoke": async (lab, { lease }) => done(await lab.keys.revokeLease(lease)),
  "request.way": (lab, { index, term }) => ({ way: lab.ways.of(index, term) }),
  "recording.span": (lab) => lab.recorder.span(),
  "recording.read": async (lab, { segment }) => ({ packed: (await lab.recorder.read(segment)).toString("base64") }),
  "terminal.open": (lab, { host, columns, rows }) => ({ id: lab.terminals.openOn(lab.machine(host), columns, rows) }),
  "terminal.attach": (lab, { id, columns, rows }) => ({ replay: lab.terminals.attach(id, columns, rows) }),
  "terminal.input": (lab, { id, data }) => done(lab.terminals.input(id, data)),
  "terminal.resize": (lab, { id, columns, rows }) => done(lab.terminals.resize(id, columns, rows)),
  "terminal.close": async (lab, { id }) => done(await lab.terminals.close(id)),
  "window.painted": (lab, { seq, at }) => {
    if (seq >= lab.painted.seq) lab.painted = { seq, at };
    return null;
  },
};

/** Answers at once unless it fails at once. */
async function started(start: Promise<void>): Promise<null> {
  const soon = new Promise<void>((resolve) => setTimeout(resolve, 300).unref());
  await Promise.race([start, soon]);
  start.catch(() => undefined);
  return null;
}

function isOwn(name: CommandName): name is OwnCommand {
  return name in handlers;
}

/** @throws CommandError */
export async function executeCommand(lab: Lab, name: CommandName, args: unknown): Promise<unknown> {
  if (!isOwn(name)) throw new CommandError("no-library", "this lab stands alone: there is no library of labs here");
  try {
    return await (handlers[name] as (lab: Lab, args: unknown) => unknown)(lab, args);
  } catch (error) {
    if (error instanceof UnitError) throw new CommandError("failed", error.message.split("\n")[0]!, { cause: error });
    throw error;
  }
}
