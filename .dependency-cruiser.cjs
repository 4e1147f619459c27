/**
 * Which folder may import which: the map of ARCHITECTURE.md as a check. What is not listed is forbidden.
 * test/house/fences.test.ts makes sure that each rule really bites.
 */
const may = {
  platform: [],
  tls: [],
  h2: [],
  proto: [],
  probe: [],
  raft: ["proto"],
  wal: ["platform", "proto"],
  snap: ["platform", "proto", "wal"],
  bbolt: ["platform"],
  backend: ["bbolt", "platform"],
  lease: ["backend", "proto", "platform", "mvcc"],
  mvcc: ["backend", "proto", "platform"],
  membership: ["backend", "proto", "platform"],
  auth: ["backend", "proto", "platform"],
  apply: ["mvcc", "lease", "auth", "membership", "backend", "proto", "platform"],
  peer: ["tls", "platform", "proto", "raft", "snap", "probe", "backend"],
  server: ["tls", "apply", "auth", "backend", "bbolt", "lease", "membership", "mvcc", "peer", "platform", "probe", "proto", "raft", "snap", "wal"],
  rpc: ["h2", "tls", "server", "mvcc", "proto", "platform"],
  client: ["h2", "tls", "platform", "proto"],
  "grpc-proxy": ["client", "rpc", "server", "tls", "platform", "proto"],
  cli: ["platform"],
  "cli/etcd": ["grpc-proxy", "tls", "server", "rpc", "client", "membership", "platform", "probe", "proto", "cli"],
  "cli/etcdctl": ["tls", "client", "platform", "proto", "cli", "cli/etcdutl", "membership"],
  "cli/etcdutl": ["apply", "auth", "backend", "bbolt", "membership", "mvcc", "lease", "platform", "proto", "raft", "snap", "wal", "cli"],
  "kube/schema": ["proto"],
  "kube/server": ["kube/schema", "client", "platform", "proto"],
  "kube/controllers": ["kube/server", "kube/schema", "platform"],
  "cli/kube-apiserver": ["kube/server", "kube/controllers", "kube/schema", "client", "tls", "platform", "proto", "cli"],
  shell: ["cli", "cli/etcdctl", "cli/etcdutl", "client", "platform", "proto"],
  // bbolt, wal, snap and mvcc to read what stands on a member's disk, never to write
  lab: ["bbolt", "wal", "snap", "mvcc", "tls", "cli", "cli/etcdctl", "cli/etcdutl", "client", "platform", "probe", "proto", "shell", "lab/contract"],
  "lab/contract": ["probe"],
  drills: ["lab", "lab/contract", "shell", "client", "cli", "cli/etcdutl", "bbolt", "tls", "platform", "proto"],
  "cli/quorum-lab": ["drills", "lab", "lab/contract", "shell", "cli", "platform", "probe"],
};
const nested = ["cli/etcd", "cli/etcdctl", "cli/etcdutl", "cli/kube-apiserver", "cli/quorum-lab", "lab/contract"];
const tests = "\\.test\\.ts$|/testing/";

/** A pattern for files of a folder, without those of nested folders that have rules of their own. */
function inFolder(folder) {
  const inner = nested.filter((name) => name.startsWith(`${folder}/`)).map((name) => name.slice(folder.length + 1));
  return inner.length > 0 ? `^core/${folder}/(?!(${inner.join("|")})/)` : `^core/${folder}/`;
}

const directions = Object.entries(may).map(([folder, targets]) => ({
  name: `core/${folder} imports only what stands below it`,
  severity: "error",
  from: { path: inFolder(folder), pathNot: tests },
  to: { path: "^(core|electron|renderer|test|tools)/", pathNot: [folder, ...targets].map(inFolder) },
}));

module.exports = {
  forbidden: [
    ...directions,
    { name: "no folder of core without a rule", severity: "error", from: { path: "^core/", pathNot: [...Object.keys(may).map(inFolder), tests] }, to: { path: "." } },
    { name: "renderer imports only the contract of the lab", severity: "error", from: { path: "^renderer/" }, to: { path: "^(core|electron|test|tools)/", pathNot: "^core/lab/contract/|^core/probe/records\\.ts$" } },
    { name: "core knows neither electron nor svelte", severity: "error", from: { path: "^core/" }, to: { path: "^(electron|svelte)$|node_modules/(electron|svelte)/|^electron/|^renderer/" } },
    { name: "grpc-js and etcd3 are for tests", severity: "error", from: { path: "^(core|electron|renderer)/", pathNot: tests }, to: { path: "node_modules/(@grpc|etcd3)/" } },
    { name: "no cycles", severity: "error", from: { pathNot: "^core/proto/gen/" }, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".svelte", ".json"] },
  },
};
