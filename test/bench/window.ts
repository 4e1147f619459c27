/** Figures of the window, in headless Chromium: first paint of a led cluster, an event's way to the screen, the lab's memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { Client, connect } from "../../core/client/index.ts";
import { VALUE } from "./calls.ts";
import { type Figures, median } from "./figures.ts";
import { residentMegabytes } from "./process-figures.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

/** A process and all that descend from it. */
function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = join("/proc", name, "stat");
    if (existsSync(stat)) parents.set(Number(name), Number(readFileSync(stat, "utf8").replace(/^.*\) /, "").split(" ")[1]));
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** When the page painted entry `round`. Asked from outside: the page's own policy forbids what waitForFunction would do. */
async function seenAt(page: Page, round: number): Promise<number> {
  for (const deadline = Date.now() + 10_000; ; ) {
    const seen = await page.evaluate<number | undefined>(`window.seen.get("${round}")`);
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`entry ${round} never reached the window`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function windowFigures(figures: Figures): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "quorum-lab-bench-"));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const started = performance.now();
  const lab = spawn("npm", ["start", "--silent", "--", "--browser", "--no-open", "--lab", join(folder, "lab")], { cwd: project, stdio: ["ignore", "pipe", "inherit"], detached: true });
  try {
    let output = "";
    lab.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    while (!/Quorum Lab: \S+/.test(output)) await new Promise((resolve) => setTimeout(resolve, 5));
    await page.goto(/Quorum Lab: (\S+)/.exec(output)![1]!);
    await page.getByText(/leads term/).first().waitFor({ timeout: 30_000 });
    const painted = performance.now() - started;
    while (!/^m3\t/m.test(output)) await new Promise((resolve) => setTimeout(resolve, 20));
    const endpoint = /^m1\t(\S+)$/m.exec(output)![1]!;
    await page.getByRole("button", { name: "Log" }).first().click();
    // each put shows in the log view as an entry of its own: seen by a mutation observer, after the frame that paints it
    await page.evaluate(`window.seen = new Map(); new MutationObserver(() => requestAnimationFrame(() => { const now = Date.now(); for (const m of document.body.innerText.matchAll(/pixel-(\\d+)/g)) if (!window.seen.has(m[1])) window.seen.set(m[1], now); })).observe(document.body, { subtree: true, childList: true, characterData: true });`);
    const client = new Client(connect(endpoint));
    const times: number[] = [];
    for (let round = 1; round <= 20; round++) {
      const at = Date.now();
      await client.put({ key: Buffer.from(`pixel-${round}`), value: VALUE });
      times.push((await seenAt(page, round)) - at);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    client.channel.close();
    const memory = family(lab.pid!).reduce((sum, pid) => sum + residentMegabytes(pid), 0);
    figures.note(false, "npm start to the first paint of a led cluster", "ms", "lower", painted);
    figures.note(false, "event to pixel (put sent to entry painted)", "ms", "lower", median(times));
    figures.note(false, "the whole lab, resident", "MB", "lower", memory);
  } finally {
    const ended = once(lab, "exit");
    process.kill(-lab.pid!, "SIGINT");
    await ended;
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
