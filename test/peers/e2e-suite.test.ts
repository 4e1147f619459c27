/** A fast part of etcd 3.4's own end-to-end suite against dist/bin; all of it: see e2e-3.4.md. */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EtcdSuite, hasSuite, SUITE_FROM } from "./e2e-suite.ts";

const binDir = fileURLToPath(new URL("../../dist/bin", import.meta.url));

const FAST = [
  "TestCtlV3PutNoTLS",
  "TestCtlV3GetKeysOnly",
  "TestCtlV3Compact",
  "TestCtlV3LeaseGrantTimeToLiveNoTLS",
  "TestCtlV3RoleAddNoTLS",
  "TestCtlV3MemberListNoTLS",
  "TestCtlV3EndpointHashKV",
  "TestCtlV2Set",
  "TestV3CurlPutGetNoTLS",
];

describe.skipIf(!hasSuite)(`etcd 3.4's end-to-end suite (${SUITE_FROM})`, () => {
  it("passes its fast part", { timeout: 180_000 }, async () => {
    const { suite, folder } = await EtcdSuite.build();
    try {
      const known = await suite.names();
      const tests = FAST.filter((name) => known.includes(name));
      expect(tests.length).toBeGreaterThan(4);
      expect((await suite.run(tests, binDir, 120)).filter(({ verdict }) => verdict !== "PASS")).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
