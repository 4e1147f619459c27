import { describe, expect, it } from "vitest";
import { ManualClock } from "../mvcc/testing/manual-clock.ts";
import { MemoryBackend } from "../mvcc/testing/memory-backend.ts";
import { seededRandom } from "../platform/random.ts";
import { Permission, Permission_Type } from "../proto/gen/authpb.ts";
import * as pb from "../proto/gen/etcdserverpb.ts";
import { AuthStore } from "./auth-store.ts";
import { SimpleTokens } from "./simple-tokens.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const base64 = (text: string): string => bytes(text).toString("base64");

function open(backend = new MemoryBackend()) {
  const tokens = new SimpleTokens({ clock: new ManualClock(), random: seededRandom(1), ttlSeconds: 300 });
  const store = new AuthStore({ backend, tokens, log: () => undefined });
  const addUser = (name: string, noPassword = false): void =>
    store.userAdd(pb.AuthUserAddRequest.create({ name, hashedPassword: base64(`hash of ${name}`), options: { noPassword } }));
  const grant = (name: string, permType: number, key: string, rangeEnd = ""): void =>
    store.roleGrantPermission({ name, perm: Permission.create({ permType, key: bytes(key), rangeEnd: bytes(rangeEnd) }) });
  const user = (username: string) => ({ username, revision: store.revision });
  return { backend, store, tokens, addUser, grant, user };
}

/** root, and alice with the role r. */
function enabled() {
  const scene = open();
  const { store, addUser } = scene;
  addUser("root");
  store.userGrantRole({ user: "root", role: "root" });
  addUser("alice");
  store.roleAdd({ name: "r" });
  store.userGrantRole({ user: "alice", role: "r" });
  store.enable();
  return scene;
}

const { READ, WRITE, READWRITE } = Permission_Type;

describe("the store", () => {
  it("begins with revision 1, and counts every change", () => {
    const { store, backend, addUser } = open();
    expect(store.revision).toBe(1);
    addUser("u");
    store.roleAdd({ name: "r" });
    store.userGrantRole({ user: "u", role: "r" });
    store.userGrantRole({ user: "u", role: "r" });
    expect(store.revision).toBe(4);
    expect(backend.get("auth", bytes("authRevision"))?.toString("hex")).toBe("0000000000000004");
  });

  it("writes etcd's bytes", () => {
    const { backend, addUser, store, grant } = open();
    addUser("bob", true);
    addUser("al");
    store.roleAdd({ name: "r" });
    store.userGrantRole({ user: "al", role: "r" });
    grant("r", READWRITE, "k", "\0");
    grant("r", READ, "a");
    const hex = (bucket: "authUsers" | "authRoles", key: string): string | undefined => backend.get(bucket, bytes(key))?.toString("hex");
    expect(hex("authUsers", "bob")).toBe("0a03626f6222020801");
    // options stand there also where they say nothing
    expect(hex("authUsers", "al")).toBe(`0a02616c120a${bytes("hash of al").toString("hex")}1a01722200`);
    expect(hex("authRoles", "r")).toBe("0a017212031201611208080212016b1a0100");
    expect(backend.get("auth", bytes("authEnabled"))).toBeUndefined();
  });

  it("is found again in its backend", () => {
    const { backend, store: before, grant } = enabled();
    grant("r", WRITE, "k");
    const { store, tokens, user } = open(backend);
    expect([store.enabled, store.revision, store.userNames(), store.roleNames()]).toEqual([true, before.revision, ["alice", "root"], ["r"]]);
    expect(() => store.checkPut(user("alice"), bytes("k"))).not.toThrow();
    const token = store.authenticate("alice", "p", 3);
    expect(tokens.info(token, store.revision)?.username).toBe("alice");
    const other = open();
    other.store.recover(backend);
    expect([other.store.enabled, other.store.revision]).toEqual([true, before.revision]);
  });

  it("is switched on only with a root that has its role, and off again", () => {
    const { store, addUser, backend } = open();
    expect(() => store.enable()).toThrow("root user does not exist");
    addUser("root");
    expect(() => store.enable()).toThrow("root user does not have root role");
    store.userGrantRole({ user: "root", role: "root" });
    const { revision } = store;
    store.enable();
    store.enable();
    expect([store.enabled, store.revision, backend.get("auth", bytes("authEnabled"))?.[0]]).toEqual([true, revision, 1]);
    store.disable();
    store.disable();
    expect([store.enabled, store.revision, backend.get("auth", bytes("authEnabled"))?.[0]]).toEqual([false, revision + 1, 0]);
  });
});

describe("users and roles", () => {
  it.each<[string, (scene: ReturnType<typeof enabled>) => void, string]>([
    ["a user without a name", ({ addUser }) => addUser(""), "user name is empty"],
    ["a user twice", ({ addUser }) => addUser("alice"), "user name already exists"],
    ["root's deletion", ({ store }) => store.userDelete({ name: "root" }), "invalid auth management"],
    ["deletion of nobody", ({ store }) => store.userDelete({ name: "x" }), "user name not found"],
    ["nobody's password", ({ store }) => store.userChangePassword(pb.AuthUserChangePasswordRequest.create({ name: "x" })), "user name not found"],
    ["a role for nobody", ({ store }) => store.userGrantRole({ user: "x", role: "r" }), "user name not found"],
    ["no role", ({ store }) => store.userGrantRole({ user: "alice", role: "x" }), "role name not found"],
    ["root without root", ({ store }) => store.userRevokeRole({ name: "root", role: "root" }), "invalid auth management"],
    ["a role that was not granted", ({ store }) => store.userRevokeRole({ name: "alice", role: "x" }), "role is not granted to the user"],
    ["a role without a name", ({ store }) => store.roleAdd({ name: "" }), "role name is empty"],
    ["a role twice", ({ store }) => store.roleAdd({ name: "r" }), "role name already exists"],
    ["deletion of the role root", ({ store }) => store.roleDelete({ role: "root" }), "invalid auth management"],
    ["deletion of no role", ({ store }) => store.roleDelete({ role: "x" }), "role name not found"],
    ["no permission", ({ store }) => store.roleGrantPermission({ name: "r", perm: undefined }), "permission not given"],
    ["a permission without a key", ({ grant }) => grant("r", READ, ""), "invalid auth management"],
    ["a permission upside down", ({ grant }) => grant("r", READ, "b", "a"), "invalid auth management"],
    ["a permission for no role", ({ grant }) => grant("x", READ, "a"), "role name not found"],
    ["revocation of what was not granted", ({ store }) => store.roleRevokePermission({ role: "r", key: bytes("a"), rangeEnd: bytes("") }), "permission is not granted to the role"],
    ["a hash that is none", ({ store }) => store.userAdd(pb.AuthUserAddRequest.create({ name: "n", hashedPassword: "!" })), "password was given for no password user"],
  ])("%s is refused, and changes nothing", (_, ask, message) => {
    const scene = enabled();
    const { revision } = scene.store;
    expect(() => ask(scene)).toThrow(message);
    expect(scene.store.revision).toBe(revision);
  });

  it("a role that is deleted is taken from its users; a user keeps the order of names", () => {
    const { store } = enabled();
    for (const name of ["b", "ä", "a"]) {
      store.roleAdd({ name });
      store.userGrantRole({ user: "alice", role: name });
    }
    expect(store.rolesOf("alice")).toEqual(["a", "b", "r", "ä"]);
    store.roleDelete({ role: "b" });
    expect([store.rolesOf("alice"), store.hasRole("alice", "b"), store.hasRole("alice", "a")]).toEqual([["a", "r", "ä"], false, true]);
  });

  it("permissions stand in the order of their keys, and one of the same range is replaced", () => {
    const { store, grant } = enabled();
    grant("r", READ, "m", "n");
    grant("r", WRITE, "c");
    grant("r", READWRITE, "m", "n");
    expect(store.permissionsOf("r").map(({ key, permType }) => [key.toString(), permType])).toEqual([["c", WRITE], ["m", READWRITE]]);
    store.roleRevokePermission({ role: "r", key: bytes("c"), rangeEnd: bytes("") });
    expect(store.permissionsOf("r")).toHaveLength(1);
    store.roleAdd({ name: "root" });
    expect(store.permissionsOf("root")).toMatchObject([{ permType: READWRITE, key: bytes(""), rangeEnd: bytes("\0") }]);
  });

  it("tokens end with the user, and with his password", () => {
    const { store, tokens } = enabled();
    const first = store.authenticate("alice", "p", 1);
    store.userChangePassword(pb.AuthUserChangePasswordRequest.create({ name: "alice", hashedPassword: base64("new") }));
    expect([tokens.info(first, 1), store.credentials("alice").hash.toString()]).toEqual([undefined, "new"]);
    const second = store.authenticate("alice", "q", 2);
    store.userDelete({ name: "alice" });
    expect(tokens.info(second, 1)).toBeUndefined();
    expect(() => store.authenticate("alice", "s", 3)).toThrow("authentication failed, invalid user ID or password");
  });

  it("who has no password gets no token", () => {
    const { store, addUser } = enabled();
    addUser("cn", true);
    expect(() => store.credentials("cn")).toThrow("auth: authentication failed, password was given for no password user");
    expect(() => store.authenticate("cn", "p", 1)).toThrow("authentication failed, invalid user ID or password");
    store.userChangePassword(pb.AuthUserChangePasswordRequest.create({ name: "cn", hashedPassword: base64("x") }));
    expect(() => store.credentials("cn")).toThrow("no password user");
  });
});

describe("permissions", () => {
  it("are not asked for while auth is off", () => {
    const { store } = open();
    expect(() => {
      store.checkPut(undefined, bytes("k"));
      store.checkRange(undefined, bytes("k"), bytes("\0"));
      store.checkAdmin(undefined);
    }).not.toThrow();
    expect(() => store.credentials("x")).toThrow("authentication is not enabled");
  });

  it("come from all roles of a user together, and change at once", () => {
    const { store, grant, user } = enabled();
    grant("r", READ, "a", "c");
    store.roleAdd({ name: "s" });
    grant("s", READWRITE, "c", "f");
    const range = (key: string, end: string) => (): void => store.checkRange(user("alice"), bytes(key), bytes(end));
    expect(range("a", "c")).not.toThrow();
    expect(range("a", "e")).toThrow("permission denied");
    store.userGrantRole({ user: "alice", role: "s" });
    expect(range("a", "e")).not.toThrow();
    expect(() => store.checkPut(user("alice"), bytes("b"))).toThrow("permission denied");
    expect(() => store.checkPut(user("alice"), bytes("d"))).not.toThrow();
    expect(() => store.checkDeleteRange(user("alice"), bytes("c"), bytes("f"))).not.toThrow();
    expect(() => store.checkDeleteRange(user("alice"), bytes("c"), bytes("\0"))).toThrow("permission denied");
  });

  it("are root's without being written anywhere", () => {
    const { store, user } = enabled();
    expect(() => store.checkDeleteRange(user("root"), bytes("\0"), bytes("\0"))).not.toThrow();
    expect(() => store.checkAdmin(user("root"))).not.toThrow();
    expect([store.isAdmin(user("root")), store.isAdmin(user("alice")), store.isAdmin(undefined)]).toEqual([true, false, false]);
  });

  it("need a user who is known, and as of now", () => {
    const { store, addUser } = enabled();
    const { revision } = store;
    const put = (username: string, at: number) => (): void => store.checkPut({ username, revision: at }, bytes("k"));
    expect(put("", 0)).toThrow("user name is empty");
    expect(() => store.checkPut(undefined, bytes("k"))).toThrow("user name is empty");
    expect(put("nobody", revision)).toThrow("permission denied");
    addUser("another");
    expect(put("root", revision)).toThrow("revision of auth store is old");
    expect(put("root", revision + 1)).not.toThrow();
    expect(() => store.checkAdmin({ username: "", revision })).toThrow("user name is empty");
    expect(() => store.checkAdmin({ username: "nobody", revision })).toThrow("user name not found");
    expect(() => store.checkAdmin({ username: "alice", revision })).toThrow("permission denied");
  });
});
