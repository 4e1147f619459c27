/**
 * The real thing as a user has it: `npm start`, a browser, three members, the playbook typed into the terminal, the leader killed with
 * its button, a key seen to appear, the cluster restored from a snapshot. Pictures of every view in both themes go to test/screens.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { chromiumPath, launchChromium } from "./browser.ts";

const screens = resolve("test/screens");

/** Polls until `found` gives something. */
async function eventually<T>(what: string, found: () => T | undefined | Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const value = await found();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe.skipIf(chromiumPath === undefined)("the lab in Chromium (apt-get install chromium)", { timeout: 90_000 }, () => {
  let folder: string;
  let lab: ChildProcess;
  let output = "";
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "quorum-lab-window-"));
    mkdirSync(screens, { recursive: true });
    lab = spawn("npm", ["start", "--silent", "--", "--browser", "--no-open", "--lab", join(folder, "lab")], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [lab.stdout!, lab.stderr!]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const url = await eventually("the lab's address", () => /^Quorum Lab: (http:\/\/127\.0\.0\.1:\d+\/#\S{22,})$/m.exec(output)?.[1], 160_000);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(url);
    // a build that is not fresh is made anew first
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    const ended = lab.exitCode === null ? once(lab, "exit") : undefined;
    if (ended !== undefined) process.kill(-lab.pid!, "SIGINT");
    await ended;
    rmSync(folder, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });

  // what the window showed says more than what was waited for
  beforeEach(({ task }) => {
    onTestFailed(async () => {
      await page.screenshot({ path: join(screens, `failed-${task.name.slice(0, 30).replace(/\W+/g, "-")}.png`) });
    });
  });

  const sentence = async (pattern: RegExp): Promise<void> => {
    await eventually(`the sentence ${String(pattern)}`, async () => (pattern.test(await page.getByTestId("sentence").innerText()) ? true : undefined));
  };
  const terminal = (): Promise<string> => page.locator(".xterm-rows").first().innerText();
  /** Types a line and waits for what it makes appear. */
  const type = async (line: string, appears?: RegExp): Promise<void> => {
    await page.getByTestId("terminal-input-m1").focus();
    await page.keyboard.type(`${line}\n`);
    if (appears !== undefined) await eventually(`${String(appears)} after ${line}\n${await terminal()}`, async () => (appears.test(await terminal()) ? true : undefined));
  };
  const leader = (): Promise<string> => eventually("a leader", async () => (await page.locator('[data-role="leader"]').first().getAttribute("data-testid"))?.replace("member-", ""));

  test("shows three members and one leader, and prints where they listen", async () => {
    await sentence(/^3 of 3 members serve\. m[123] leads term \d+/);
    expect(await page.locator('[data-testid^="node-"]').count()).toBe(3);
    expect(await page.locator('[data-role="leader"]').count()).toBe(1);
    await eventually("the members' addresses", () => (/^m1\thttp:\/\/[\d.]+:\d+$/m.test(output) && /^m3\thttp/m.test(output) ? true : undefined));
  });

  test("the playbook's first two plays are typed as they are written", async () => {
    await type("./etcdctl set key1 value1", /lab: read as ETCDCTL_API=2/);
    await type("clear");
    await type("./etcdctl get key1", /^value1\s*$/m);
    await type("etcdctl put before kept", /^OK\s*$/m);
    await type("clear");
    await type("ETCDCTL_API=3 etcdctl --endpoints http://127.0.0.1:4001 **snapshot save** snapshotdb --cert-file /xxx --key-file /... --ca-file", /Snapshot saved at snapshotdb/);
    await type("clear");
    await type("ls", /snapshot\.db/);
    await type("ETCDCTL_API=3 etcdctl snapshot status snapshot.db", /^[0-9a-f]{1,8}, \d+, \d+, /m);
  });

  test("the leader is killed with its button, another leads, and what is written then appears among the keys", async () => {
    const killed = await leader();
    await page.getByTestId(`kill-${killed}`).first().click();
    await sentence(/^2 of 3 members serve\./);
    const next = await eventually("another leader", async () => {
      const name = await leader();
      return name === killed ? undefined : name;
    });
    expect(next).not.toBe(killed);
    await page.getByTestId("view-keys").click();
    await page.getByTestId(`terminal-tab-${next}`).click();
    await page.getByTestId(`terminal-input-${next}`).focus();
    await page.keyboard.type("etcdctl put written/after-the-kill yes\n");
    await page.getByTestId("key-list").getByText("written/").first().waitFor();
    await page.getByTestId("view-cluster").click();
    await page.getByTestId(`start-${killed}`).first().click();
    await sentence(/^3 of 3 members serve\./);
    await page.getByTestId("terminal-tab-m1").click();
  });

  test("the snapshot that was saved in the terminal is found sound, and compared with the cluster as it is now", async () => {
    await page.getByTestId("view-snapshots").click();
    const file = page.getByTestId("snapshot-list").getByRole("option").filter({ hasText: "/root/snapshotdb" });
    await file.getByText("sound").waitFor();
    await file.click();
    await page.getByTestId("snapshot-compare").click();
    await page.getByTestId("diff-list").getByRole("option").filter({ hasText: "written/after-the-kill" }).click();
    await page.getByTestId("diff-values").getByText("+yes").waitFor();
    await page.screenshot({ path: join(screens, "lab-snapshots-compared.png") });
  });

  test("what the terminal wrote stands in the member's log and database, on its disk", async () => {
    await page.getByTestId("view-members").click();
    await page.getByRole("radio", { name: "Disk" }).click();
    const files = page.getByTestId("disk-files").getByRole("option");
    await files.filter({ hasText: /0\.wal/ }).first().click();
    await page.getByTestId("wal-rows").getByText("before = 4 bytes").waitFor();
    await files.filter({ hasText: "snap/db" }).first().click();
    await page.getByTestId("bucket-key").click();
    await page.getByTestId("pairs").getByText(/^before, version 1, .*= kept$/).waitFor();
    await page.getByRole("radio", { name: "Pages" }).click();
    await page.getByTestId("page-rows").getByRole("option").filter({ hasText: "leaf" }).first().click();
    await page.getByTestId("page-facts").getByText("leaf (0x2)").waitFor();
    await page.screenshot({ path: join(screens, "lab-member-pages.png") });
    await page.getByRole("radio", { name: "Log", exact: true }).click();
    await page.getByTestId("log-filter").fill("ready to serve");
    await page.getByTestId("log-lines").getByText("ready to serve client requests").first().waitFor();
    await page.getByRole("radio", { name: "Configuration" }).click();
    await page.getByTestId("configuration").getByText("initial-cluster-token").first().waitFor();
    await page.getByRole("radio", { name: "Metrics" }).click();
    await page.getByTestId("chart-memory").getByRole("img").waitFor();
  });

  test("a watcher of the terminal and a lease are seen where they are, and the lease is revoked with its keys", async () => {
    await page.getByTestId("view-watchers").click();
    await page.getByTestId("terminal-tab-m2").click();
    await page.getByTestId("terminal-input-m2").focus();
    await page.keyboard.type("etcdctl watch --prefix watched/\n");
    await page.getByTestId("watcher-list").getByText("watched/*").waitFor();
    await page.getByTestId("terminal-tab-m1").click();
    await type("clear");
    await type("etcdctl put --lease=$(etcdctl lease grant 600 | cut -d' ' -f2) watched/leased yes", /^OK\s*$/m);
    const lease = page.getByTestId("lease-list").getByRole("option").filter({ hasText: "watched/leased" });
    await lease.click();
    await page.getByTestId("lease-deletes").getByText("this key is deleted").waitFor();
    await page.screenshot({ path: join(screens, "lab-watchers-lease.png") });
    await page.getByTestId("lease-revoke").click();
    await lease.waitFor({ state: "detached" });
    await type("clear");
    await type("etcdctl get watched/leased; echo nothing more", /^nothing more\s*$/m);
    expect(await terminal()).not.toContain("yes");
    await page.getByTestId("terminal-tab-m2").click();
    await page.getByTestId("terminal-input-m2").focus();
    await page.keyboard.press("Control+c");
    await page.getByTestId("terminal-tab-m1").click();
  });

  test("the third play restores the cluster: what was saved is there, what came later is not", async () => {
    await type("clear");
    await type("service kube-apiserver stop");
    await type(
      [
        "ETCDCTL_API=3 etcdctl snapshot restore snapshot.db \\",
        "  --name m1 \\",
        "  --initial-cluster m1=http://host1:2380,m2=http://host2:2380,m3=http://host3:2380 \\",
        "  --initial-cluster-token etcd-cluster-1 \\",
        "  --initial-advertise-peer-urls http://host1:2380",
      ].join("\n"),
      /did the same restore on m2 and m3/,
    );
    await type("clear");
    await type("systemctl daemon reload", /read as systemctl daemon-reload/);
    await type("service etcd restart", /the old data is in/);
    await type("service kube-apiser start", /read as service kube-apiserver start/);
    await sentence(/^3 of 3 members serve\./);
    await type("clear");
    await type("etcdctl get before", /^kept\s*$/m);
    await type("clear");
    await type("etcdctl get written/ --prefix; echo end of list", /^end of list\s*$/m);
    expect(await terminal()).not.toContain("after-the-kill");
    await type("clear");
    await type("etcdctl member list", /http:\/\/host1:2380/);
  });

  test("every view has its picture in both themes", async () => {
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const view of ["cluster", "log", "keys", "timeline", "members", "watchers", "snapshots"] as const) {
        await page.getByTestId(`view-${view}`).click();
        await page.getByTestId(view).waitFor();
        const file = join(screens, `lab-${view}-${theme}.png`);
        await page.screenshot({ path: file });
        expect(readFileSync(file).length).toBeGreaterThan(20_000);
      }
    }
  });
});
