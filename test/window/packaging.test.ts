import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readOptions } from "../../electron/options.ts";

interface BuilderConfig {
  readonly asar: boolean;
  readonly files: readonly string[];
  readonly extraResources: readonly { readonly from: string; readonly to: string; readonly filter?: readonly string[] }[];
}

describe("what is packed", () => {
  const config = parse(readFileSync(resolve("electron-builder.yml"), "utf8")) as BuilderConfig;

  test("the app is in an archive, the members' program beside it", () => {
    expect(config.asar).toBe(true);
    expect(config.extraResources.find((one) => one.from === "dist/lib")).toMatchObject({ to: "lib", filter: ["etcd.js", "etcdctl.js", "etcdutl.js"] });
    expect(config.extraResources.find((one) => one.from === "dist/bin")).toMatchObject({ to: "bin", filter: ["etcd", "etcdctl", "etcdutl"] });
    expect(config.extraResources).toContainEqual({ from: "dist/drills", to: "drills" });
  });

  test("nothing of node_modules, and so none of just-bash's optional runtimes, is packed", () => {
    expect(config.files).toContain("!node_modules/**");
  });

  test("the entry that Electron starts is the one that the build makes", () => {
    const { main } = JSON.parse(readFileSync(resolve("package.json"), "utf8")) as { main: string };
    expect(main).toBe("dist/electron/main.mjs");
  });
});

describe("the app's options", () => {
  test("are found among switches of others", () => {
    expect(readOptions(["electron", "--inspect=0", ".", "--members", "5", "--lab=/x/y", "--no-sandbox"])).toEqual({ lab: "/x/y", members: 5 });
    expect(readOptions(["electron", ".", "--members", "many"])).toEqual({ lab: undefined, members: 3 });
  });
});
