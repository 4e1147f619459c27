/** Snapshots, Members, Watchers: what each shows and does on recorded data in a real browser, by keyboard too, without axe's complaints. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import type { ServedWindow } from "../../core/lab/carrier/serve-window.ts";
import { chromiumPath, launchChromium } from "./browser.ts";
import { RecordedLab, type RecordedLabOptions } from "./recorded-lab.ts";

const folder = resolve("dist/window");

describe.skipIf(chromiumPath === undefined)("the views of members, watchers and snapshots in Chromium (apt-get install chromium)", { timeout: 240_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let lab: RecordedLab;
  let served: ServedWindow;
  let errors: string[];

  beforeAll(async () => {
    if (!existsSync(`${folder}/index.html`)) {
      const { build } = await import("vite");
      await build({ configFile: resolve("renderer/vite.config.ts"), logLevel: "error" });
    }
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function open(options: RecordedLabOptions = {}): Promise<void> {
    lab = new RecordedLab(options);
    served = await serveWindow({ host: lab, folder, port: 0 });
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/WebSocket/.test(message.text())) errors.push(message.text());
    });
    await page.goto(served.url);
    await page.getByTestId("live").getByText("Live", { exact: true }).waitFor();
  }

  beforeEach(() => {
    errors = [];
  });
  afterEach(async () => {
    await context.close();
    lab.stop();
    await served.close();
    expect(errors).toEqual([]);
  });

  async function clean(place: string): Promise<void> {
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme });
      const axe = new AxeBuilder({ page }).setLegacyMode(true);
      axe.options({ resultTypes: ["violations"], ...(theme === "dark" ? { runOnly: { type: "rule", values: ["color-contrast"] } } : {}) });
      const { violations } = await axe.analyze();
      expect([place, theme, violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`)]).toEqual([place, theme, []]);
    }
  }
  const options = (list: string): ReturnType<Page["getByRole"]> => page.getByTestId(list).getByRole("option");

  test("snapshots are listed with what they hold; a damaged one says where, what was expected and what was found", async () => {
    await open();
    await page.getByTestId("view-snapshots").click();
    await expect.poll(() => options("snapshot-list").count()).toBe(3);
    await page.getByTestId("snapshots-own").click();
    await expect.poll(() => options("snapshot-list").count()).toBe(4);
    await options("snapshot-list").filter({ hasText: "/opt/cut-short.db" }).click();
    const damage = page.getByTestId("damage");
    await damage.getByText("/opt/cut-short.db at offset 614,400", { exact: true }).waitFor();
    await damage.getByText("1228800 bytes", { exact: true }).waitFor();
    expect(await page.getByTestId("snapshot-restore").count()).toBe(0);
    await clean("damaged");
  });

  test("a hundred thousand differences are paged, filtered by kind, and open with both values; few rows exist at a time", async () => {
    await open({ differences: 100_000 });
    await page.getByTestId("view-snapshots").click();
    await options("snapshot-list").filter({ hasText: "/root/snapshot.db" }).click();
    await page.getByTestId("snapshot-compare").click();
    await page.getByTestId("diff-sum").getByText("33,334 added").waitFor();
    const list = page.getByTestId("diff-list");
    await options("diff-list").first().click();
    await page.keyboard.press("End");
    await list.getByText("/shop/carts/099999").waitFor();
    expect(await options("diff-list").count()).toBeLessThan(60);
    await page.keyboard.press("Home");
    await page.getByTestId("diff-sum").getByText("33,334 added").click();
    await page.getByTestId("diff-sum").getByText("33,333 removed").click();
    await options("diff-list").filter({ hasText: "/shop/carts/000001" }).click();
    await page.getByTestId("diff-values").getByText('"items": 4').waitFor();
    expect(await list.getByText("removed").count()).toBe(0);
    await clean("difference");
  });

  test("a snapshot is saved with a dialog; restoring puts the command into the terminal and does not send it", async () => {
    await open();
    await page.getByTestId("view-snapshots").click();
    await page.getByTestId("snapshot-save").click();
    await page.getByTestId("snapshot-path").fill("/opt/before.db");
    await page.keyboard.press("Enter");
    await options("snapshot-list").filter({ hasText: "/opt/before.db" }).waitFor();
    await page.getByTestId("snapshot-restore").click();
    const terminal = page.locator(".xterm-rows").first();
    await expect.poll(async () => (await terminal.innerText()).replace(/\s+/g, " ")).toContain("etcdutl snapshot restore /opt/before.db --name m1");
    expect((await terminal.innerText()).match(/root@m1/g)).toHaveLength(1);
  });

  test("a member's page is opened from the inspector and shows charts, configuration and its log live, by level and words", async () => {
    await open();
    await page.getByTestId("node-m2").click();
    await page.getByTestId("page-m2").click();
    await page.getByTestId("members").getByRole("heading", { name: "m2", exact: true }).waitFor();
    await page.getByTestId("chart-fsync").getByRole("img").waitFor();
    await clean("metrics");
    await page.getByRole("radio", { name: "Configuration" }).click();
    await page.getByTestId("configuration").getByText("/etc/etcd/etcd.conf.yml").first().waitFor();
    await page.getByTestId("configuration").getByText("snapshot-count").waitFor();
    await clean("configuration");
    await page.getByRole("radio", { name: "Log", exact: true }).click();
    await page.getByTestId("log-lines").getByText("compact tree index").first().waitFor();
    await page.getByRole("radio", { name: "Warn" }).click();
    await expect.poll(() => options("log-lines").count()).toBe(2);
    await page.getByTestId("log-filter").fill("quorum");
    await options("log-lines").click();
    await page.getByTestId("log-detail").getByText("term=2").waitFor();
    await clean("log");
    expect(lab.views.looked).toContain("journal m2");
    await page.getByRole("radio", { name: "Metrics" }).click();
    await expect.poll(() => lab.views.looked.size).toBe(0);
  });

  test("the data-dir is explored: WAL records, a raft snapshot, buckets with their pairs, pages with what they hold", async () => {
    await open();
    await page.getByTestId("view-members").click();
    await page.getByRole("radio", { name: "Disk" }).click();
    await options("disk-files").filter({ hasText: ".wal" }).click();
    await page.getByTestId("wal-count").getByText("3,000 records").waitFor();
    await options("wal-rows").nth(2).click();
    await page.getByTestId("wal-detail").getByText("entry conf-change").waitFor();
    await page.keyboard.press("End");
    await page.getByTestId("wal-rows").getByText("/shop/carts/2 = 26 bytes").first().waitFor();
    await clean("wal");
    await options("disk-files").filter({ hasText: ".snap" }).click();
    await page.getByTestId("snap-file").getByText("1,000").waitFor();
    await options("disk-files").filter({ hasText: "snap/db" }).click();
    await page.getByTestId("database-facts").getByText("current").waitFor();
    await page.getByTestId("bucket-key").click();
    await options("pairs").first().click();
    await clean("buckets");
    await page.getByRole("radio", { name: "Pages" }).click();
    await options("page-rows").nth(3).click();
    await page.getByTestId("page-facts").getByText("leaf").waitFor();
    await clean("pages");
  });

  test("watchers say how far behind they are; a lease counts down, names the keys it takes along, and is revoked", async () => {
    await open();
    await page.getByTestId("view-watchers").click();
    const first = options("watcher-list").first();
    await first.getByText(/behind$/).waitFor();
    expect(await first.innerText()).toContain("/shop/carts/1");
    await page.getByTestId("watcher-list").getByText("/registry/*").waitFor();
    await options("lease-list").first().click();
    await page.getByTestId("lease-deletes").getByText("these 2 keys are deleted").waitFor();
    const left = async (): Promise<number> => Number(/(\d+) s/.exec(await options("lease-list").first().innerText())?.[1]);
    const before = await left();
    await expect.poll(left).toBeLessThan(before);
    await clean("watchers");
    await page.getByTestId("lease-revoke").click();
    await page.getByText("This lease is gone").waitFor();
    await options("lease-list").first().click();
    await page.keyboard.press("Delete");
    await expect.poll(() => options("lease-list").count()).toBe(1);
  });

  test("step mode is a fault in force, and H ends it", async () => {
    await open();
    await page.getByTestId("step").click();
    await page.getByTestId("mail-room").waitFor();
    await page.getByTestId("faults").getByText("step mode").waitFor();
    await page.keyboard.press("h");
    await page.getByTestId("mail-room").waitFor({ state: "detached" });
    await page.getByTestId("faults").getByText("step mode").waitFor({ state: "detached" });
  });

  test("the user that keys are read as is given once, in a dialog that says when it is refused", async () => {
    await open();
    await page.keyboard.press("F1");
    await page.keyboard.type("read keys as a user");
    await page.keyboard.press("Enter");
    await page.getByTestId("user-name").fill("nobody");
    await page.getByTestId("user-password").fill("x");
    await page.getByTestId("user-go").click();
    await page.getByRole("dialog").getByText("authentication failed").waitFor();
    await page.getByTestId("user-name").fill("root");
    await page.getByTestId("user-go").click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("without members each view says what belongs there, and without a connection nothing can be asked", async () => {
    await open({ empty: true });
    await page.getByTestId("view-members").click();
    await page.getByText("No members", { exact: true }).waitFor();
    await page.getByTestId("view-snapshots").click();
    await page.getByText("No snapshot files yet").waitFor();
    await clean("empty");
    await served.close();
    await page.getByTestId("disconnected").waitFor();
    expect(await page.getByTestId("snapshot-save").isDisabled()).toBe(true);
  });
});
