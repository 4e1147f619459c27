/** The faults and the administration that strike a cluster at random: one of them at a time. */
import { ConfChangeTransition, ConfChangeType, type ConfChangeSingle } from "../../core/proto/gen/raftpb.ts";
import { confStateOf } from "../../core/raft/tracker.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

type Fault = (world: World) => void;

const FAULTS: readonly (readonly [weight: number, fault: Fault])[] = [
  [10, (world) => splitInTwo(world)],
  [8, (world) => cutOneWay(world)],
  [8, (world) => isolate(world, world.leader ?? anyOf(world))],
  [18, (world) => heal(world)],
  [14, (world) => crashOne(world, anyOf(world))],
  [6, (world) => crashOne(world, world.leader ?? anyOf(world))],
  [2, (world) => world.replicas.forEach((replica) => crashOne(world, replica))],
  [22, (world) => startOne(world)],
  [6, (world) => slowDown(world)],
  [4, (world) => hurry(world)],
  [22, (world) => changeMembers(world)],
  [8, (world) => transfer(world)],
  [6, (world) => void anyOf(world).takeSnapshot()],
  [3, (world) => void anyOf(world).tell((raw) => raw.campaign())],
  [2, (world) => void anyOf(world).tell((raw) => raw.forgetLeader())],
];
const TOTAL = FAULTS.reduce((sum, [weight]) => sum + weight, 0);

export function strike(world: World): void {
  let left = world.random.below(TOTAL);
  for (const [weight, fault] of FAULTS) {
    left -= weight;
    if (left < 0) {
      fault(world);
      return;
    }
  }
}

function anyOf({ replicas, random }: World): Replica {
  return replicas[random.below(replicas.length)]!;
}

function splitInTwo(world: World): void {
  const sides = world.replicas.map(() => world.random.below(2));
  world.note(0n, `split ${sides.join("")}`);
  for (const [at, left] of world.replicas.entries()) {
    for (const [other, right] of world.replicas.entries()) if (sides[at] !== sides[other]) world.network.cut(left.id, right.id);
  }
}

function cutOneWay(world: World): void {
  const from = anyOf(world).id;
  const to = anyOf(world).id;
  world.note(0n, `cut ${from}>${to}`);
  world.network.cut(from, to);
}

function isolate(world: World, { id }: Replica): void {
  world.note(0n, `isolate ${id}`);
  for (const other of world.replicas) {
    world.network.cut(id, other.id);
    world.network.cut(other.id, id);
  }
}

function heal(world: World): void {
  if (world.network.whole) return;
  world.note(0n, "heal");
  world.network.heal();
}

function crashOne(world: World, replica: Replica): void {
  if (!replica.running) return;
  replica.crash();
  const { life } = replica;
  // Some come back at once, while what they knew before is still under way.
  if (world.random.float() >= 0.5) return;
  world.timeline.after(1 + world.random.below(30), () => {
    if (replica.life === life && !replica.running) replica.start();
  });
}

function startOne(world: World): void {
  const down = world.replicas.filter(({ running }) => !running);
  down[world.random.below(down.length)]?.start();
}

function slowDown(world: World): void {
  const replica = anyOf(world);
  replica.slowness = replica.slowness === 1 ? 2 + world.random.below(6) : 1;
  world.note(replica.id, `slowness ${replica.slowness}`);
}

/** A clock that leaps: many ticks at once. */
function hurry(world: World): void {
  const replica = anyOf(world);
  const ticks = world.random.below(15);
  world.note(replica.id, `${ticks} ticks`);
  for (let tick = 0; tick < ticks; tick++) replica.tell((raw) => raw.tick());
}

function transfer(world: World): void {
  const to = anyOf(world).id;
  world.note(0n, `transfer to ${to}`);
  (world.leader ?? anyOf(world)).tell((raw) => raw.transferLeader(to));
}

/** One change, several through a joint configuration, or leaving one; never fewer than two voters. */
function changeMembers(world: World): void {
  const { random, leader } = world;
  if (leader === undefined) return;
  const { votersOutgoing, voters } = confStateOf(leader.raft.tracker.configuration);
  if (votersOutgoing.length > 0) {
    world.note(leader.id, "propose leave");
    leader.tell((raw) => raw.proposeConfChange(undefined));
    return;
  }
  const wanted = random.float() < 0.5 ? 1 : 1 + random.below(3);
  const left = new Set(voters);
  const changes: ConfChangeSingle[] = [];
  for (let at = 0; at < wanted; at++) {
    const { id } = anyOf(world);
    if (changes.some(({ nodeId }) => nodeId === id)) continue;
    const type = [ConfChangeType.ConfChangeAddNode, ConfChangeType.ConfChangeAddLearnerNode, ConfChangeType.ConfChangeRemoveNode][random.below(3)]!;
    if (type === ConfChangeType.ConfChangeAddNode) left.add(id);
    else if (left.size <= 2 && left.has(id)) continue;
    else left.delete(id);
    changes.push({ type, nodeId: id });
  }
  if (changes.length === 0) return;
  const transitions = [
    ConfChangeTransition.ConfChangeTransitionAuto,
    ConfChangeTransition.ConfChangeTransitionJointImplicit,
    ConfChangeTransition.ConfChangeTransitionJointExplicit,
  ];
  const transition = transitions[random.below(3)]!;
  world.note(leader.id, `propose ${changes.map(({ type, nodeId }) => `${"vrul"[type]}${nodeId}`).join(" ")} x${transition}`);
  leader.tell((raw) => raw.proposeConfChange({ transition, changes, context: undefined }));
}
