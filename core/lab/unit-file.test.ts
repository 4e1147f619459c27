import { describe, expect, it } from "vitest";
import { parseUnit, splitWords, UnitFileError } from "./unit-file.ts";

describe("unit files", () => {
  it("give command, environment and policy", () => {
    const unit = parseUnit(`# a comment
[Unit]
Description=etcd
[Service]
Environment=ETCD_NAME=m1 "ETCD_DATA_DIR=/var/lib/my etcd"
ExecStart=/usr/local/bin/etcd \\
  # in between
  --name m1 \\
  --data-dir '/var/lib/a b'
Restart=on-failure
RestartSec=2s
WorkingDirectory=/root
[Install]
WantedBy=multi-user.target
`);
    expect(unit).toEqual({
      description: "etcd",
      command: ["/usr/local/bin/etcd", "--name", "m1", "--data-dir", "/var/lib/a b"],
      environment: { ETCD_NAME: "m1", ETCD_DATA_DIR: "/var/lib/my etcd" },
      workingDirectory: "/root",
      restart: "on-failure",
      restartMs: 2000,
      installable: true,
    });
  });
  it("take the last value, and an empty one takes back what was said", () => {
    expect(parseUnit("[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\nRestart=always\nRestart=no").command).toEqual(["/b"]);
  });
  it.each([
    ["ExecStart=/a", 1],
    ["[Service]\n\nnonsense", 3],
  ])("refuse %j at line %d", (text, line) => {
    expect(() => parseUnit(text)).toThrow(expect.objectContaining({ constructor: UnitFileError, line }));
  });
  it.each([
    ["a 'b c' \"d e\" f\\ g ''", ["a", "b c", "d e", "f g", ""]],
    ["  a=b  ", ["a=b"]],
  ])("split %j", (text, words) => expect(splitWords(text)).toEqual(words));
});
