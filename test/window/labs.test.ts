/**
 * Labs in the window, with real members: one is made from a template, shown beside the first, copied, and deleted; with the mouse
 * and by keyboard alone. The first lab goes on meanwhile.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { chromiumPath, launchChromium } from "./browser.ts";

const program = process.env["QUORUM_LAB"] ?? resolve("dist/bin/quorum-lab");
const screens = resolve("test/screens");

describe.skipIf(chromiumPath === undefined || !existsSync(program))("labs in Chromium (apt-get install chromium; npm run build)", { timeout: 120_000 }, () => {
  let base: string;
  let lab: ChildProcess;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), "quorum-labs-window-"));
    mkdirSync(screens, { recursive: true });
    lab = spawn(program, ["start", "--no-open", "--members", "1", "--lab", join(base, "first"), "--labs", join(base, "labs")], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    const url = new Promise<string>((found) => {
      lab.stdout!.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        const match = /^Quorum Lab: (\S+)$/m.exec(output);
        if (match !== null) found(match[1]!);
      });
    });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // a page that begins anew leaves its connection
      if (message.type() === "error" && !/WebSocket/.test(message.text())) errors.push(message.text());
    });
    await page.goto(await url);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    const ended = lab.exitCode === null ? once(lab, "exit") : undefined;
    lab.kill("SIGINT");
    await ended;
    rmSync(base, { recursive: true, force: true });
    expect(errors).toEqual([]);
  }, 60_000);

  beforeEach(({ task }) => {
    onTestFailed(async () => {
      await page.screenshot({ path: join(screens, `failed-${task.name.slice(0, 30).replace(/\W+/g, "-")}.png`) });
    });
  });

  async function violations(): Promise<string[]> {
    const { violations: found } = await new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] }).analyze();
    return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
  }

  const row = (name: string) => page.getByTestId("labs-list").getByRole("option").filter({ hasText: name });
  const shown = (name: string): Promise<void> => page.getByTestId("lab-menu").filter({ hasText: name }).waitFor();
  const led = (members: number): Promise<void> => page.getByTestId("sentence").getByText(`${members} of ${members} ${members === 1 ? "member serves" : "members serve"}.`).waitFor();

  async function fromMenu(item: string): Promise<void> {
    await page.getByTestId("lab-menu").click();
    await page.getByRole("menuitem", { name: item }).click();
  }

  test("a lab is made from a template and shown: it is led, and the first one goes on", async () => {
    await led(1);
    await shown("lab");
    await fromMenu("New lab...");
    await page.getByTestId("lab-name").fill("With certificates");
    await page.getByTestId("template-tls").check();
    await page.getByTestId("lab-members").fill("0");
    await page.getByText("a lab has 1 to 9 hosts").waitFor();
    expect(await page.getByTestId("lab-create").isDisabled()).toBe(true);
    await page.getByTestId("lab-members").fill("1");
    expect(await violations()).toEqual([]);
    await page.getByTestId("lab-create").click();
    await page.getByText("It is started, and this window shows it from now on.").waitFor();
    expect(await violations()).toEqual([]);
    await page.getByTestId("lab-go").click();
    await shown("With certificates");
    await led(1);
    await page.getByTestId("terminal-input-m1").focus();
    await page.keyboard.type("env | grep -c ETCDCTL_; etcdctl put only/here 1\n");
    await page.getByTestId("view-keys").click();
    await page.getByTestId("key-list").getByText("only/").first().waitFor();
    // a window that begins anew shows what it showed
    await page.reload();
    await shown("With certificates");
    await page.getByTestId("key-list").getByText("only/").first().waitFor();
  });

  test("back in the first lab nothing of the other is there; both run", async () => {
    await fromMenu("Show lab");
    await page.getByTestId("lab-go").click();
    await shown("lab");
    await led(1);
    await page.getByTestId("keys").getByText("No keys here").waitFor();
    await page.getByTestId("view-cluster").click();
    await fromMenu("All labs...");
    await row("With certificates").getByText("running").waitFor();
    await row("lab").getByText("shown here").waitFor();
    expect(await violations()).toEqual([]);
  });

  test("by keyboard alone: it is copied while it runs, the copy is deleted by typing its name", async () => {
    await page.getByTestId("labs-list").focus();
    await page.keyboard.press("End");
    await page.getByTestId("labs-clone").focus();
    await page.keyboard.press("Enter");
    await page.getByText("With certificates runs. Its members are stopped for the copy").waitFor();
    await page.keyboard.type("Copy");
    await page.keyboard.press("Enter");
    await row("Copy").getByText("stopped").waitFor();
    expect(readdirSync(join(base, "labs")).filter((name) => !name.startsWith("."))).toEqual(["copy", "with-certificates"]);
    await row("Copy").click();
    await page.getByTestId("labs-delete").focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("lab-confirm").waitFor();
    await page.keyboard.type("copy");
    expect(await page.getByTestId("lab-go").isDisabled()).toBe(true);
    for (let letter = 0; letter < 4; letter++) await page.keyboard.press("Backspace");
    await page.keyboard.type("Copy");
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("Copy is deleted.").waitFor();
    await row("With certificates").getByText("running").waitFor();
    expect(readdirSync(join(base, "labs"))).toEqual(["with-certificates"]);
    await page.keyboard.press("Escape");
    await page.getByTestId("labs").waitFor({ state: "detached" });
  });
});
