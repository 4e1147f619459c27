import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canReusePort } from "./flag-table.ts";
import { FlagError, HelpRequested, parseFlags } from "./flag-set.ts";
import { logSettings } from "./log-settings.ts";
import { FlagValues, type Settings, SettingsError, settingsOf } from "./settings.ts";
import { ConflictError, addEnvironment, readConfigFile } from "./sources.ts";
import { parseDuration, printDuration } from "./values.ts";

const settings = (...argv: string[]): Settings => settingsOf(new FlagValues(parseFlags(argv).values));

describe("flags as Go's flag package takes them", () => {
  it("one dash or two, value behind = or as the next word, booleans without a value", () => {
    const { values, rest } = parseFlags(["-name", "m1", "--data-dir=/x", "-pre-vote=false", "--strict-reconfig-check", "--", "rest"]);
    expect([...values]).toEqual([
      ["name", "m1"],
      ["data-dir", "/x"],
      ["pre-vote", "false"],
      ["strict-reconfig-check", "true"],
    ]);
    expect(rest).toEqual(["rest"]);
  });
  it.each([
    [["--nonsense"], "flag provided but not defined: -nonsense"],
    [["--name"], "flag needs an argument: -name"],
    [["--heartbeat-interval=fast"], 'invalid value "fast" for flag -heartbeat-interval: parse error'],
    [["--pre-vote=maybe"], 'invalid boolean value "maybe" for -pre-vote: parse error'],
    [["---name=x"], "bad flag syntax: ---name=x"],
    [["--listen-client-urls=localhost:2379"], 'invalid value "localhost:2379" for flag -listen-client-urls: URL scheme must be http, https, unix, or unixs: localhost:2379'],
    [["--initial-cluster-state=old"], 'invalid value "old" for flag -initial-cluster-state: invalid value'],
    [["--cors=x"], 'invalid value "x" for flag -cors: URL scheme must be http, https, unix, or unixs: x'],
    [["--feature-gates=X=true"], 'invalid value "X=true" for flag -feature-gates: unrecognized feature gate: X'],
    [["--feature-gates=CompactHashCheck"], 'invalid value "CompactHashCheck" for flag -feature-gates: missing bool value for CompactHashCheck'],
    [["--max-concurrent-streams=4294967296"], 'invalid value "4294967296" for flag -max-concurrent-streams: strconv.ParseUint: parsing "4294967296": value out of range'],
    // 3.5's default: 3.6 decides
    [["--v2-deprecation=not-yet"], 'invalid value "not-yet" for flag -v2-deprecation: invalid value "not-yet"'],
    [["--v2-deprecation=x"], 'invalid value "x" for flag -v2-deprecation: invalid value "x"'],
  ])("%j is refused", (argv, text) => {
    expect(() => parseFlags(argv)).toThrow(new FlagError(text));
  });
  it("help is asked for in three ways", () => {
    for (const word of ["-h", "--help", "-help"]) expect(() => parseFlags([word])).toThrow(HelpRequested);
  });
});

describe("environment", () => {
  it("fills in what the command line leaves open", () => {
    const { values, notes } = addEnvironment(new Map([["name", "m1"]]), { ETCD_DATA_DIR: "/data", ETCD_NONSENSE: "1", HOME: "/" });
    expect([...values]).toEqual([
      ["name", "m1"],
      ["data-dir", "/data"],
    ]);
    expect(notes.map(({ message }) => message)).toEqual(["recognized and used environment variable", "unrecognized environment variable"]);
  });
  it("the same setting in both is fatal", () => {
    expect(() => addEnvironment(new Map([["name", "m1"]]), { ETCD_NAME: "m2" })).toThrow(ConflictError);
  });
  it("a value that the flag does not take is refused", () => {
    expect(() => addEnvironment(new Map(), { ETCD_SNAPSHOT_COUNT: "x" })).toThrow('invalid value "x" for ETCD_SNAPSHOT_COUNT: parse error');
  });
});

describe("configuration file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "etcd-config-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (text: string): Promise<Settings> => {
    const path = join(folder, "etcd.conf.yml");
    writeFileSync(path, text);
    return readConfigFile(path).then(({ values }) => settingsOf(new FlagValues(values, true)));
  };

  it("has the flags' names as keys, durations in nanoseconds, lists of log outputs", async () => {
    const { member } = await read(
      "name: m1\ndata-dir: /var/lib/etcd\nlisten-client-urls: http://10.0.0.1:2379,http://127.0.0.1:2379\nadvertise-client-urls: http://10.0.0.1:2379\n" +
        "initial-cluster: m1=http://localhost:2380\ninitial-cluster-state: new\nsnapshot-count: 500\nbackend-batch-interval: 50000000\nlog-outputs: [stderr]\nstrict-reconfig-check: false\n",
    );
    expect(member).toMatchObject({ name: "m1", dataDir: "/var/lib/etcd", snapshotCount: 500, backendBatchIntervalMs: 50, strictReconfigCheck: false });
    expect(member.listenClientUrls).toEqual(["http://10.0.0.1:2379", "http://127.0.0.1:2379"]);
  });
  it("TLS stands in its two blocks and nowhere else", async () => {
    const { tls } = await read(
      "client-transport-security:\n  cert-file: /a.crt\n  key-file: /a.key\n  allowed-hostname: [h]\npeer-transport-security:\n  client-cert-auth: true\n  auto-tls: true\n  allowed-cn: [a, b]\n  skip-client-san-verification: true\n",
    );
    expect(tls).toMatchObject({ client: { certFile: "/a.crt", keyFile: "/a.key", allowedHostnames: ["h"] }, clientAuto: false, peerAuto: true });
    expect(tls.peer).toMatchObject({ clientCertAuth: true, allowedCns: ["a", "b"], skipClientSanVerify: true });
    expect((await read("cert-file: /a.crt\n")).tls.client.certFile).toBe("");
  });
  it.each([
    ["heartbeat-interval: x\n", "cannot unmarshal string into Go struct field configYAML.Config.heartbeat-interval of type uint"],
    ["log-outputs: stderr\n", "cannot unmarshal string into Go struct field configYAML.Config.log-outputs of type []string"],
    ["auto-compaction-retention: 1\n", "cannot unmarshal number into Go struct field configYAML.Config.auto-compaction-retention of type string"],
    ["peer-transport-security: 3\n", "cannot unmarshal number into Go struct field configYAML.configJSON.peer-transport-security of type embed.securityConfig"],
    ["feature-gates: X=true\n", "unrecognized feature gate: X"],
    ["listen-client-urls: foo\n", "unexpected error setting up listen-client-urls: URL scheme must be http, https, unix, or unixs: foo"],
  ])("%j is refused in etcd's words", async (text, words) => {
    await expect(read(text)).rejects.toThrow(words);
  });
  it("etcd's own sample file names a fallback that only the flag could refuse", async () => {
    await expect(read("discovery-fallback: 'proxy'\n")).resolves.toBeDefined();
  });
  it("a missing or broken file is refused", async () => {
    await expect(readConfigFile(join(folder, "none"))).rejects.toThrow("no such file or directory");
    await expect(read("name: [")).rejects.toThrow(SettingsError);
    await expect(read("- name")).rejects.toThrow(SettingsError);
  });
});

describe("settings", () => {
  it("a name alone is a cluster of one under that name", () => {
    expect(settings("--name=abc").initialCluster).toBe("abc=http://localhost:2380");
  });
  it("where a discovery service names the members the command line names none, and its token is the cluster's", () => {
    const { initialCluster, discovery, member } = settings("--discovery-endpoints=h2:1,h1:1", "--discovery-token=t", "--discovery-user=u", "--discovery-password=p", "--discovery-dial-timeout=1s");
    expect([initialCluster, member.initialClusterToken]).toEqual(["", "t"]);
    expect(discovery).toMatchObject({ kind: "v3", plan: { token: "t", endpoints: ["h1:1", "h2:1"], requestTimeoutMs: 5000, user: "u", password: "p" }, dialTimeoutMs: 1000, keepaliveTimeoutMs: 6000 });
    expect(settings("--discovery=http://h:1/v2/keys/t", "--discovery-proxy=p:1")).toMatchObject({
      initialCluster: "",
      discovery: { kind: "v2", plan: { url: "http://h:1/v2/keys/t", proxy: "p:1" } },
      member: { initialClusterToken: "http://h:1/v2/keys/t" },
    });
    expect(settings("--discovery-srv=example.com", "--discovery-srv-name=lab")).toMatchObject({ initialCluster: "", discovery: { kind: "srv", domain: "example.com", serviceName: "lab" } });
  });
  it.each([
    [["--listen-client-urls=http://127.0.0.1:1"], "--advertise-client-urls is required when --listen-client-urls is set explicitly"],
    [["--heartbeat-interval=300"], "--election-timeout[1000ms] should be at least as 5 times as --heartbeat-interval[300ms]"],
    [["--election-timeout=60000"], "--election-timeout[60000ms] is too long, and should be set less than 50000ms"],
    [["--heartbeat-interval=0"], "--heartbeat-interval must be >0 (set to 0ms)"],
    [["--listen-peer-urls=http://m1:2380"], "expected IP in URL for binding (http://m1:2380)"],
    [["--auto-compaction-mode=often"], 'unknown auto-compaction-mode "often"'],
    [["--discovery-srv=example.com", "--initial-cluster=a=http://h:1"], "multiple discovery or bootstrap flags are set"],
    [["--discovery=http://h:1/x", "--initial-cluster=a=http://h:1"], "multiple discovery or bootstrap flags are set"],
    [["--discovery-token=t"], "both --discovery-token and --discovery-endpoints must be set"],
    [["--discovery-token=t", "--discovery-endpoints=h:1,,g:1"], "--discovery-endpoints must not contain empty endpoints"],
    [["--discovery-token=t", "--discovery-endpoints=h:1", "--discovery-srv=example.com"], "multiple discovery or bootstrap flags are set"],
    [["--discovery-token=t", "--discovery-endpoints=h:1", "--discovery-proxy=http://p"], "both v2 discovery settings (discovery, discovery-proxy) and v3 discovery settings"],
    [["--discovery-fallback=proxy"], "--discovery-fallback can't be configured as"],
    [["--feature-gates=LeaseCheckpointPersist=true"], "enabling feature gate LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint"],
    [["--proxy=on"], "--proxy is not supported by this program"],
    [["--memory-mlock"], "--memory-mlock is not supported by this program"],
    [["--enable-distributed-tracing", "--distributed-tracing-sampling-rate=-1"], "distributed tracing configurition is not valid: (tracing sampling rate must be positive)"],
    [["--experimental-enable-distributed-tracing", "--experimental-distributed-tracing-sampling-rate=1000001"], "distributed tracing configurition is not valid: (tracing sampling rate must be less than 1000000)"],
    [["--compaction-batch-limit=1", "--experimental-compaction-batch-limit=2"], "cannot set --experimental-compaction-batch-limit and --compaction-batch-limit at the same time, please use --compaction-batch-limit only"],
    [["--tls-min-version=TLS1.1"], 'unexpected TLS version "TLS1.1" (must be one of: TLS1.2, TLS1.3)'],
    [["--tls-min-version=TLS1.3", "--tls-max-version=TLS1.2"], "min version (TLS1.3) is greater than max version (TLS1.2)"],
    [["--tls-min-version=TLS1.3", "--cipher-suites=X"], "cipher suites cannot be configured when only TLS1.3 is enabled"],
    [["--experimental-initial-corrupt-check", "--feature-gates=InitialCorruptCheck=true"], "cannot specify both flags"],
  ])("%j is refused", (argv, text) => {
    expect(() => settings(...argv)).toThrow(text);
  });
  it("flags that ask for nothing are taken, whatever they are about", () => {
    expect(() => settings("--proxy=off", "--memory-mlock=false", "--enable-distributed-tracing=false", "--distributed-tracing-sampling-rate=-1", "--socket-reuse-port=false", "--socket-reuse-address", "--raft-read-timeout=1s", "--v=1", "--force")).not.toThrow();
  });
  it("tracing goes where it is told to, under old names too", () => {
    expect(settings().service.tracing).toBeUndefined();
    expect(settings("--enable-distributed-tracing").service.tracing).toEqual({ address: "localhost:4317", serviceName: "etcd", instanceId: "", samplingPerMillion: 0 });
    expect(settings("--experimental-enable-distributed-tracing", "--experimental-distributed-tracing-address=h:1", "--distributed-tracing-instance-id=i").service.tracing).toMatchObject({ address: "h:1", instanceId: "i" });
  });
  it("a port is shared where Node.js can do that, and refused with its version where it cannot", () => {
    expect(["20.19.0", "22.21.1", "23.0.0", "23.1.0", "24.0.0"].map(canReusePort)).toEqual([false, false, false, true, true]);
    if (canReusePort(process.versions.node)) expect(settings("--socket-reuse-port").service.reusePort).toBe(true);
    else expect(() => settings("--socket-reuse-port")).toThrow(`--socket-reuse-port is not supported by this program: SO_REUSEPORT can be set from Node.js 23.1 on, and this is ${process.versions.node}`);
  });
  it("peers get the patience that is asked for, and five seconds at least", () => {
    expect(settings("--raft-read-timeout=1m", "--raft-write-timeout=1s").member).toMatchObject({ raftReadMs: 60_000, raftWriteMs: 5000 });
  });
  it("a retention that is none is told when the member starts, as etcd does it", () => {
    expect(settings("--auto-compaction-retention=x").failure?.message).toBe('error parsing CompactionRetention: time: invalid duration "x"');
  });
  it("old spellings mean what they meant", () => {
    expect(settings("--experimental-snapshot-catchup-entries=7").member.snapshotCatchupEntries).toBe(7);
    expect(settings("--experimental-initial-corrupt-check").member.initialCorruptCheck).toBe(true);
    expect(settings("--experimental-compact-hash-check-enabled").member.compactHashCheckMs).toBe(60_000);
    expect(() => settings("--enable-v2", "--enable-v2=false", "--v2-deprecation=write-only")).not.toThrow();
  });
  it("auto compaction counts hours unless a unit is given", () => {
    const of = (...argv: string[]): unknown => settings(...argv).member.autoCompaction;
    expect(of()).toBeUndefined();
    expect(of("--auto-compaction-retention=2")).toEqual({ mode: "periodic", retentionMs: 7_200_000 });
    expect(of("--auto-compaction-retention=5m")).toEqual({ mode: "periodic", retentionMs: 300_000 });
    expect(of("--auto-compaction-mode=revision", "--auto-compaction-retention=1000")).toEqual({ mode: "revision", retention: 1000 });
  });
  it("logging is checked by itself, before everything else", () => {
    const log = (...argv: string[]): unknown => logSettings(new FlagValues(parseFlags(argv).values));
    expect(log("--log-level=debug", "--log-format=console", "--log-outputs=stdout,stderr")).toEqual({ level: "debug", format: "console", outputs: ["stderr", "stdout"] });
    expect(() => log("--logger=capnslog")).toThrow("--logger=capnslog is removed in v3.5");
    expect(() => log("--log-level=loud")).toThrow("unrecognized level");
    expect(() => log("--log-outputs=default,stderr")).toThrow('multi logoutput for "default" is not supported yet');
  });
  it("durations are read and printed as Go does", () => {
    expect(parseDuration("1h30m")).toBe(5_400_000);
    expect(parseDuration("1.5s")).toBe(1500);
    expect(parseDuration("-5s")).toBe(-5000);
    expect(parseDuration("0")).toBe(0);
    expect(() => parseDuration("5")).toThrow("parse error");
    expect([0, 100, 1000, 60_000, 5_400_000].map(printDuration)).toEqual(["0s", "100ms", "1s", "1m0s", "1h30m0s"]);
  });
});
