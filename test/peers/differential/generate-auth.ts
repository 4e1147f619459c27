/** Requests of etcdserverpb.Auth: users, roles and permissions come and go, authentication is switched on and off. */
import { AuthService as Auth } from "../../../core/proto/gen/etcdserverpb.ts";
import type { MethodInfo } from "../../../core/proto/wire.ts";
import { aKey, anEnd, type Dice, type Known, type Step } from "./step.ts";
import type { Values } from "./values.ts";

const USERS = ["root", "root", "u1", "u2", "u3", "\xc3\xbc", ""];
const ROLES = ["root", "r1", "r2", "r3", ""];

const call = (method: MethodInfo<never, never> | MethodInfo, request: Values, token: string | undefined): Step => ({
  kind: "call",
  method,
  requests: [request],
  ...(token === undefined ? {} : { token }),
});

/** The password that a user has, for the most part. */
const passwordOf = (dice: Dice, user: string): string => (dice.chance(0.1) ? dice.pick(["", "wrong"]) : `pw-${user.length}`);

export function authStep(dice: Dice, known: Known): Step {
  const token = aToken(dice, known);
  const user = (): Buffer => Buffer.from(dice.pick(USERS), "latin1");
  const role = (): string => dice.pick(ROLES);
  const login = (name: string): Step => call(Auth.Authenticate, { name: Buffer.from(name, "latin1"), password: passwordOf(dice, name) }, undefined);
  const { enabled } = known.auth;
  return dice.weighted<() => Step>([
    [enabled ? 0.3 : 2, () => call(Auth.UserAdd, { name: "root", password: "pw-4" }, token)],
    [enabled ? 0.3 : 2, () => call(Auth.UserGrantRole, { user: "root", role: "root" }, token)],
    [enabled ? 0.3 : known.target === "3.4" && known.alarms.size > 0 ? 0 : 2, () => call(Auth.AuthEnable, {}, token)],
    [enabled ? 6 : 0.3, () => login("root")],
    [enabled ? 4 : 0.3, () => login(dice.pick(USERS))],
    [enabled ? 1.5 : 0.3, () => call(Auth.AuthDisable, {}, token)],
    [0.5, () => call(Auth.AuthStatus, {}, token)],
    [1.5, () => call(Auth.UserAdd, addUser(dice), token)],
    [1, () => call(Auth.UserGet, { name: user() }, token)],
    [0.5, () => call(Auth.UserList, {}, token)],
    [0.4, () => call(Auth.UserDelete, { name: user() }, token)],
    [0.3, () => call(Auth.UserChangePassword, changePassword(dice), token)],
    [2, () => call(Auth.UserGrantRole, { user: user(), role: role() }, token)],
    [0.5, () => call(Auth.UserRevokeRole, { name: user(), role: role() }, token)],
    [1.5, () => call(Auth.RoleAdd, { name: role() }, token)],
    [1, () => call(Auth.RoleGet, { role: role() }, token)],
    [0.5, () => call(Auth.RoleList, {}, token)],
    [0.3, () => call(Auth.RoleDelete, { role: role() }, token)],
    [3, () => call(Auth.RoleGrantPermission, { name: role(), perm: permission(dice, known) }, token)],
    [1, () => call(Auth.RoleRevokePermission, { role: role(), ...keys(dice, known) }, token)],
  ])();
}

/** Of somebody who has logged in; more often than not of one who may do everything. */
export function aToken(dice: Dice, known: Known): string | undefined {
  const { enabled, tokens } = known.auth;
  if (!enabled || tokens.length === 0 || dice.chance(0.05)) return undefined;
  return tokens.includes("root") && dice.chance(0.5) ? "root" : dice.pick(tokens);
}

function addUser(dice: Dice): Values {
  const name = dice.pick(USERS);
  const request = { name: Buffer.from(name, "latin1"), password: passwordOf(dice, name) };
  return dice.chance(0.1) ? { ...request, options: { no_password: dice.chance(0.5) } } : request;
}

function changePassword(dice: Dice): Values {
  const name = dice.pick(USERS);
  return { name: Buffer.from(name, "latin1"), password: passwordOf(dice, name) };
}

/** 3.4 takes permissions of any range, 3.6 refuses those that are none. */
function keys(dice: Dice, known: Known): Values {
  const key = aKey(dice);
  if (known.target === "3.6") return { key, range_end: anEnd(dice, key, known) };
  return { key: key.length === 0 ? Buffer.from("a") : key, range_end: dice.pick([Buffer.alloc(0), Buffer.from([0]), Buffer.from("\xff\xff\xff", "latin1")]) };
}

const permission = (dice: Dice, known: Known): Values => ({ permType: BigInt(dice.below(3)), ...keys(dice, known) });
