/**
 * `npm run pictures`: makes resources/window.png from a real run: a lab of five members under load, whose leader was killed, with one
 * link slow. A second of what happened then is worth more than a quiet cluster.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { chromiumPath, launchChromium } from "./browser.ts";

const PICTURE = resolve("resources/window.png");
const SIZE = { width: 1280, height: 800 };

if (chromiumPath === undefined) throw new Error("pictures need Chromium: apt-get install chromium, or CHROMIUM=/path/to/it");

function addressOf(lab: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    lab.stdout!.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /^Quorum Lab: (http:\/\/127\.0\.0\.1:\d+\/#\S+)$/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    lab.once("exit", () => reject(new Error(`the lab ended:\n${output}`)));
  });
}

async function type(page: Page, line: string, host = "m1"): Promise<void> {
  await page.getByTestId(`terminal-tab-${host}`).click();
  await page.getByTestId(`terminal-input-${host}`).focus();
  await page.keyboard.type(`${line}\n`);
}

const folder = mkdtempSync(join(tmpdir(), "quorum-lab-picture-"));
const lab = spawn(process.execPath, [resolve("dist/bin/quorum-lab"), "--no-open", "--members", "5", "--lab", join(folder, "lab")], { stdio: ["ignore", "pipe", "inherit"] });
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: "dark" });
  page.setDefaultTimeout(60_000);
  await page.goto(await addressOf(lab));
  const sentence = page.getByTestId("sentence");
  await sentence.getByText("5 of 5 members serve.").waitFor();
  await type(page, "for i in 1 2 3 4 5 6; do etcdctl put /shop/carts/$i full; done; clear");
  await page.getByTestId("faults").waitFor();
  await type(page, "fault delay m2 m4 40");
  const leader = (await page.locator('[data-role="leader"]').first().getAttribute("data-testid"))?.replace("member-", "") ?? "m1";
  await page.getByTestId(`node-${leader}`).click({ button: "right" });
  await page.getByRole("menuitem", { name: `Kill ${leader}`, exact: true }).click();
  await sentence.getByText("4 of 5 members serve.").waitFor();
  await page.locator('[data-role="leader"]').first().waitFor({ state: "attached" });
  await type(page, "clear; etcdctl put /shop/carts/7 half; etcdctl member list -w table", leader === "m1" ? "m2" : "m1"); // a host whose member lives
  await page.locator(".xterm-rows").first().getByText("started").first().waitFor();
  await page.getByTestId("happened").getByText(/became leader|was elected/).first().click();
  await page.mouse.move(5, SIZE.height - 5);
  // messages on their way, and none of the menu's
  await page.waitForTimeout(1200);
  await page.screenshot({ path: PICTURE });
  process.stdout.write(`${PICTURE}: ${statSync(PICTURE).size} bytes\n`);
} finally {
  await browser.close();
  if (lab.exitCode === null) {
    lab.kill("SIGINT");
    await once(lab, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
