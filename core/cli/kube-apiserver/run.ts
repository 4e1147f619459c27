/** The program `kube-apiserver`: an API server over etcd, and beside it the lab's controllers. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Client, connectPatiently, Watches } from "../../client/index.ts";
import { Controllers } from "../../kube/controllers/index.ts";
import {
  applyDefaults,
  decodeProtobuf,
  decodeStored,
  encodeStored,
  fieldErrorText,
  jsonMerge,
  jsonPatch,
  openapiV2,
  openapiV2Json,
  openapiV3,
  openapiV3Index,
  readObject,
  schemaOfCrd,
  serverSideApply,
  strategicMerge,
  trackUpdate,
  validate,
  validateUpdate,
} from "../../kube/schema/index.ts";
import { Api } from "../../kube/server/api.ts";
import { Compactor } from "../../kube/server/compactor.ts";
import { VERSION } from "../../kube/server/discovery.ts";
import { EncryptionConfigError } from "../../kube/server/encryption-config.ts";
import { EtcdStore } from "../../kube/server/etcd-store.ts";
import { EventLeases } from "../../kube/server/event-leases.ts";
import { Handler } from "../../kube/server/handler.ts";
import { EtcdHealth } from "../../kube/server/health.ts";
import { alwaysAllow, rbac } from "../../kube/server/identity.ts";
import type { Kinds } from "../../kube/server/kinds.ts";
import { EVERYTHING } from "../../kube/server/list-options.ts";
import { nodeClock } from "../../platform/node/clock.ts";
import { TlsDialer } from "../../tls/tls-dial.ts";
import { TlsError } from "../../tls/tls-info.ts";
import type { Program, ProgramIo } from "../program.ts";
import { FlagError, parseFlags, usage } from "./flags.ts";
import { type Log, logTo } from "./log.ts";
import { type Settings, settingsOf } from "./settings.ts";

const kinds: Kinds = {
  applyDefaults,
  decodeProtobuf,
  decodeStored,
  encodeStored,
  fieldErrorText,
  jsonMerge,
  jsonPatch,
  openapiV2,
  openapiV2Json,
  openapiV3,
  openapiV3Index,
  readObject,
  schemaOfCrd,
  serverSideApply,
  strategicMerge,
  trackUpdate,
  validate,
  validateUpdate,
};

/** A client certificate is asked for by TLS's second handshake message: who has none comes in as anonymous or by token. */
const KEEP_ALIVE_MS = 30_000;

export const kubeApiserver: Program = async (io) => {
  if (io.argv.includes("--help") || io.argv.includes("-h")) {
    io.stdout.write(usage());
    return 0;
  }
  if (io.argv.includes("--version")) {
    io.stdout.write(`Kubernetes ${VERSION.gitVersion}\n`);
    return 0;
  }
  let settings: Settings;
  try {
    settings = settingsOf(parseFlags(io.argv), (name) => io.path(name));
  } catch (error) {
    if (!(error instanceof FlagError || error instanceof TlsError || error instanceof EncryptionConfigError)) throw error;
    io.stderr.write(`Error: ${error.message}\n`);
    return 1;
  }
  return serve(settings, io, logTo((line) => io.stderr.write(line), nodeClock, process.pid));
};

async function serve(settings: Settings, io: ProgramIo, log: Log): Promise<number> {
  const clock = nodeClock;
  const draw = Math.random;
  const tls = settings.etcd.tls;
  const channel = connectPatiently(settings.etcd.servers, { addressBook: io.addressBook, dialTimeoutMs: 20_000, keepaliveTimeMs: KEEP_ALIVE_MS, keepaliveTimeoutMs: 10_000, ...(tls === undefined ? {} : { tls: new TlsDialer(tls, ["h2"]) }) });
  const client = new Client(channel);
  const watches = new Watches(channel);
  const store = new EtcdStore(client, watches, new EventLeases(client, clock, { seconds: settings.etcd.leaseReuseS, objects: 1000 }));
  const api = new Api({
    store,
    root: settings.etcd.root,
    kinds,
    transformerFor: settings.encryption,
    eventTtl: settings.eventTtlS,
    watchCache: settings.watchCache,
    ips: settings.ips,
    clock,
    draw,
    newUid: randomUUID,
    log: (text) => log(text, "W"),
  });
  const compactor = new Compactor(client, clock, settings.etcd.compactionMs, log);
  const key = `${settings.etcd.root}/health`;
  const health = new EtcdHealth(store, key, clock, settings.etcd.healthMs);
  const readiness = new EtcdHealth(store, key, clock, settings.etcd.readyMs);
  const fine = (): Promise<string> => Promise.resolve("");
  let port = settings.bind.port;
  const handler = new Handler({
    api,
    kinds,
    authorize: settings.rbac
      ? rbac({ list: async (plural, namespace) => (await api.resource("rbac.authorization.k8s.io", "v1", plural)!.reads.list(namespace, { ...EVERYTHING, resourceVersion: "0" })).items })
      : alwaysAllow,
    tokens: settings.tokens,
    anonymous: settings.anonymous,
    health: { checks: { ping: fine, log: fine, etcd: () => health.failure(), "etcd-readiness": () => readiness.failure(), "poststarthook/start-quorum-lab-controllers": fine }, log: (text) => log(text, "W") },
    address: () => `${settings.advertise}:${port}`,
    clock,
    draw,
    onRequest: ({ verb, uri, user, agent, code, ms }) => {
      if (settings.verbosity >= 3) log(`"HTTP" verb="${verb}" URI="${uri}" latency="${ms.toFixed(1)}ms" userAgent="${agent}" user="${user}" resp=${code}`);
    },
  });
  const server = createServer({ ...settings.serving, ...(settings.clientCa === undefined ? {} : { ca: settings.clientCa, requestCert: true }), rejectUnauthorized: false, minVersion: "TLSv1.2" });
  server.on("request", (request, response) => void handler.handle(request, response));
  server.on("upgrade", (_request, socket: Socket) => socket.end("HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  server.on("tlsClientError", (error: Error, socket) => {
    if (settings.verbosity >= 2) log(`http: TLS handshake error: ${error.message}`);
    socket.destroy();
  });
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(settings.bind.port, settings.bind.address, resolve));
  } catch (error) {
    log(`failed to create listener: failed to listen on ${settings.bind.address}:${settings.bind.port}: ${(error as Error).message}`, "E");
    channel.close();
    compactor.close();
    return 1;
  }
  port = (server.address() as AddressInfo).port;
  log(`Version: ${VERSION.gitVersion}; a teaching API server: pods and nodes are pretended, everything in etcd is real`);
  log(`Serving securely on ${settings.bind.address}:${port}`);
  api.start();
  const controllers = settings.controllers
    ? new Controllers({ api, clock, draw, identity: `${settings.node}_${randomUUID()}`, node: settings.node, address: settings.advertise, port, serviceAddress: settings.ips.first, log })
    : undefined;
  controllers?.start();
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  log("[graceful-termination] shutting down");
  await controllers?.close();
  compactor.close();
  server.close();
  server.closeAllConnections();
  api.close();
  watches.close();
  channel.close();
  return 0;
}
