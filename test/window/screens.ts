/**
 * `node tools/run-ts.mjs test/window/screens.ts [NAME ...]`: pictures of every view and state in both themes, from recorded
 * data, into test/screens/. For looking at, not for comparing.
 */
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import { launchChromium } from "./browser.ts";
import { RecordedLab } from "./recorded-lab.ts";
import type { RecordedLabOptions } from "./recorded-lab.ts";

const folder = resolve("test/screens");
const wanted = process.argv.slice(2);

interface Scene {
  readonly name: string;
  readonly lab?: RecordedLabOptions;
  readonly sizes?: readonly (readonly [number, number])[];
  readonly prepare: (page: Page, lab: RecordedLab, end: () => Promise<void>) => Promise<void>;
}

const usual = [[1280, 800]] as const;
const both = [[1280, 800], [1920, 1080]] as const;

async function type(page: Page, line: string): Promise<void> {
  await page.getByTestId("terminal-input-m1").focus();
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(120);
}

async function lines(page: Page): Promise<void> {
  await type(page, "etcdctl endpoint status --cluster -w simple");
  await type(page, "etcdctl put key1 value1");
  await type(page, "etcdctl get key1 -keys-only");
}

const scenes: readonly Scene[] = [
  { name: "cluster", sizes: [...both, [1024, 700]], prepare: async (page) => (await lines(page), await page.waitForTimeout(900)) },
  {
    name: "cluster-five-faults",
    lab: { members: 5 },
    sizes: both,
    prepare: async (page, lab) => {
      await lab.execute("member.kill", { host: "m5" });
      await lab.execute("fault.link", { from: "m2", to: "m4", kind: "cut", amount: 0 });
      await lab.execute("fault.link", { from: "m1", to: "m3", kind: "delay", amount: 40 });
      await lab.execute("fault.disk", { host: "m4", kind: "slow-fsync", amount: 10 });
      await lines(page);
      await page.waitForTimeout(1500);
      await page.getByText("became leader of term 2").first().click();
      await page.waitForTimeout(200);
    },
  },
  { name: "cluster-rows", prepare: async (page) => void (await page.getByRole("radio", { name: "Rows" }).click()) },
  { name: "cluster-member", prepare: async (page) => void (await page.getByTestId("node-m2").click()) },
  { name: "cluster-menu", prepare: async (page) => void (await page.getByTestId("node-m3").click({ button: "right" })) },
  {
    name: "cluster-candidate",
    prepare: async (page, lab) => {
      await lab.execute("member.kill", { host: "m1" });
      await lab.execute("member.kill", { host: "m2" });
      await page.waitForTimeout(2300);
    },
  },
  { name: "cluster-paused", prepare: async (page, lab) => (void (await lab.execute("member.pause", { host: "m2" })), await page.waitForTimeout(1200)) },
  {
    name: "cluster-isolated",
    lab: { members: 5 },
    prepare: async (page, lab) => (void (await lab.execute("fault.isolate", { host: "m1" })), await page.waitForTimeout(2600)),
  },
  { name: "cluster-nine", lab: { members: 9 }, prepare: async (page) => page.waitForTimeout(700) },
  { name: "cluster-one", lab: { members: 1 }, prepare: async (page) => page.waitForTimeout(700) },
  { name: "cluster-two", lab: { members: 2 }, prepare: async (page) => page.waitForTimeout(700) },
  { name: "cluster-empty", lab: { empty: true }, prepare: async (page) => page.waitForTimeout(200) },
  { name: "cluster-disconnected", prepare: async (page, _lab, end) => (await end(), await page.waitForTimeout(700)) },
  {
    name: "log",
    lab: { members: 5 },
    sizes: both,
    prepare: async (page, lab) => {
      await lab.execute("fault.disk", { host: "m4", kind: "slow-fsync", amount: 10 });
      await lab.execute("member.kill", { host: "m5" });
      lab.overwrite("m5");
      await page.getByTestId("view-log").click();
      await page.waitForTimeout(2200);
      await page.getByRole("grid").focus();
      for (let at = 0; at < 7; at += 1) await page.keyboard.press("ArrowLeft");
      await page.waitForTimeout(300);
    },
  },
  {
    name: "log-jump",
    prepare: async (page) => {
      await page.getByTestId("view-log").click();
      await page.getByRole("button", { name: "Jump to index" }).click();
      await page.getByTestId("jump-index").fill("1120");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(400);
    },
  },
  {
    name: "keys",
    lab: { keys: 100_000 },
    sizes: both,
    prepare: async (page) => {
      await page.getByTestId("view-keys").click();
      await page.getByRole("treeitem", { name: "/registry/" }).click();
      await page.waitForTimeout(300);
      await page.getByRole("option").filter({ hasText: "configmaps/shop/cart" }).first().click();
      await page.waitForTimeout(300);
      await page.getByTestId("key-history").getByRole("button").first().click();
      await page.waitForTimeout(200);
    },
  },
  { name: "keys-put", prepare: async (page) => (await page.getByTestId("view-keys").click(), await page.getByTestId("put").click()) },
  { name: "timeline", sizes: both, prepare: async (page, lab) => {
      await lab.execute("member.kill", { host: "m1" });
      await page.getByTestId("view-timeline").click();
      await page.waitForTimeout(2200);
    } },
  { name: "snapshots", sizes: [...both, [1024, 700]], lab: { differences: 100_000 }, prepare: async (page) => {
      await page.getByTestId("view-snapshots").click();
      await page.getByTestId("snapshot-list").getByText("/root/snapshot.db").click();
      await page.getByTestId("snapshot-compare").click();
      await page.getByTestId("diff-list").getByRole("option").nth(1).waitFor();
    } },
  { name: "snapshots-difference", prepare: async (page) => {
      await page.getByTestId("view-snapshots").click();
      await page.getByTestId("snapshot-list").getByText("/root/snapshot.db").click();
      await page.getByTestId("snapshot-compare").click();
      await page.getByTestId("diff-list").getByRole("option").nth(1).click();
      await page.getByTestId("diff-values").waitFor();
    } },
  { name: "snapshots-damaged", prepare: async (page) => (await page.getByTestId("view-snapshots").click(), await page.getByTestId("snapshots-own").click(), await page.getByTestId("snapshot-list").getByText("/opt/cut-short.db").click()) },
  { name: "snapshots-save", prepare: async (page) => (await page.getByTestId("view-snapshots").click(), await page.getByTestId("snapshot-save").click()) },
  ...(["metrics", "configuration", "log", "disk"] as const).map((tab): Scene => ({ name: `member-${tab}`, sizes: tab === "metrics" ? [...both, [1024, 700]] : usual, prepare: async (page) => {
      await page.getByTestId("view-members").click();
      await page.getByRole("radio", { name: tab, exact: false }).first().click();
      await page.waitForTimeout(1300);
    } })),
  { name: "member-wal", sizes: both, prepare: async (page) => {
      await page.getByTestId("view-members").click();
      await page.getByRole("radio", { name: "Disk" }).click();
      await page.getByTestId("disk-files").getByRole("option").filter({ hasText: ".wal" }).click();
      await page.getByTestId("wal-rows").getByRole("option").nth(4).click();
    } },
  { name: "member-buckets", prepare: async (page) => {
      await page.getByTestId("view-members").click();
      await page.getByRole("radio", { name: "Disk" }).click();
      await page.getByTestId("disk-files").getByRole("option").filter({ hasText: "snap/db" }).click();
      await page.getByTestId("bucket-key").click();
      await page.getByTestId("pairs").getByRole("option").nth(1).click();
    } },
  { name: "member-pages", sizes: both, prepare: async (page) => {
      await page.getByTestId("view-members").click();
      await page.getByRole("radio", { name: "Disk" }).click();
      await page.getByTestId("disk-files").getByRole("option").filter({ hasText: "snap/db" }).click();
      await page.getByRole("radio", { name: "Pages" }).click();
      await page.getByTestId("page-rows").getByRole("option").nth(3).click();
      await page.getByTestId("page-facts").waitFor();
    } },
  { name: "watchers", sizes: [...both, [1024, 700]], prepare: async (page) => (await page.getByTestId("view-watchers").click(), await page.getByTestId("lease-list").getByRole("option").first().click()) },
  { name: "step", prepare: async (page) => (await page.getByTestId("step").click(), await page.waitForTimeout(1200)) },
  { name: "palette", prepare: async (page) => (await page.keyboard.press("F1"), await page.keyboard.type("kill")) },
  { name: "settings", prepare: async (page) => void (await page.getByRole("button", { name: "Settings" }).click()) },
  { name: "shortcuts", prepare: async (page) => void (await page.keyboard.press("?")) },
  { name: "delay", prepare: async (page) => (await page.keyboard.press("F1"), await page.keyboard.type("delay m1 to m2"), void (await page.keyboard.press("Enter"))) },
];

async function shoot(browser: Browser, scene: Scene, theme: "light" | "dark"): Promise<void> {
  const lab = new RecordedLab(scene.lab);
  const served = await serveWindow({ host: lab, folder: resolve("dist/window"), port: 0 });
  let ended = false;
  const end = async (): Promise<void> => {
    if (!ended) await served.close();
    ended = true;
  };
  const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && !/WebSocket/.test(message.text()) && console.log(`${scene.name}: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`${scene.name}: ${error.message}`));
  try {
    await page.goto(served.url);
    await page.getByTestId("live").getByText("Live").waitFor();
    await scene.prepare(page, lab, end);
    for (const [width, height] of scene.sizes ?? usual) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${folder}/${scene.name}-${theme}-${width}.png` });
    }
  } catch (error) {
    console.log(`${scene.name} (${theme}): ${String(error)}`);
    await page.screenshot({ path: `${folder}/${scene.name}-${theme}-failed.png` });
  } finally {
    await context.close();
    lab.stop();
    await end();
  }
}

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
for (const scene of scenes.filter((one) => wanted.length === 0 || wanted.includes(one.name))) {
  await shoot(browser, scene, "dark");
  await shoot(browser, scene, "light");
}
await browser.close();
