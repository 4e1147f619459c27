/** Going back in the window: by hand and played, what is shown and what is not, saved to a file and opened without a cluster. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import { openRecording } from "../../core/lab/contract/recording-file.ts";
import { openRecordingFile } from "../../core/lab/recording/recording-host.ts";
import { chromiumPath } from "./browser.ts";
import { browserForWindow, RecordedWindow } from "./recorded-window.ts";

const PAST_MS = 30_000;
const STEP_MS = 100;

describe.skipIf(chromiumPath === undefined)("rewinding in Chromium (apt-get install chromium)", { timeout: 120_000 }, () => {
  let browser: Browser;
  let window: RecordedWindow;
  let page: Page;
  let began: number;

  beforeAll(async () => {
    browser = await browserForWindow();
  });
  afterAll(() => browser.close());
  afterEach(() => window.close());

  const then = (): ReturnType<Page["getByTestId"]> => page.getByTestId("then");
  const live = (): Promise<void> => page.getByTestId("live").getByText("Live", { exact: true }).waitFor();
  const scrub = (): ReturnType<Page["getByTestId"]> => page.getByTestId("scrub");
  const sentence = (): ReturnType<Page["getByTestId"]> => page.getByTestId("sentence");
  const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

  /** A lab with half a minute behind it: a line is typed at 5 s, the leader m1 is killed at 12 s and comes back at 20 s. Then time stands still. */
  async function open(): Promise<void> {
    let at = Date.now() - PAST_MS;
    began = at;
    window = await RecordedWindow.open(browser, { live: false, now: () => at });
    ({ page } = window);
    const { lab } = window;
    const { id } = (await lab.execute("terminal.open", { host: "m1", columns: 80, rows: 10 })) as { id: string };
    for (let step = 1; step <= PAST_MS / STEP_MS; step++) {
      at = began + step * STEP_MS;
      if (step === 50) await lab.execute("terminal.input", { id, data: "etcdctl put secret 42\r" });
      if (step === 120) await lab.execute("member.kill", { host: "m1" });
      if (step === 200) await lab.execute("member.start", { host: "m1" });
      lab.step();
    }
    await sentence().getByText("leads term 3").waitFor();
    lab.executed.length = 0;
  }

  async function axe(place: string, schemes: readonly ("light" | "dark")[]): Promise<void> {
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      const rules = colorScheme === "light" ? [] : ["color-contrast"];
      expect([place, colorScheme, await window.violations(...rules)]).toEqual([place, colorScheme, []]);
    }
  }

  async function drop(name: string, bytes: Buffer): Promise<void> {
    const transfer = await page.evaluateHandle(
      `(() => { const all = new DataTransfer(); all.items.add(new File([Uint8Array.from(atob(${JSON.stringify(bytes.toString("base64"))}), (c) => c.charCodeAt(0))], ${JSON.stringify(name)})); return all; })()`,
    );
    await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
    await page.getByTestId("drop").waitFor();
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  }

  test("by keyboard alone: back to the leader that was killed, nothing can be done there, and back to live", async () => {
    await open();
    await page.keyboard.press("r");
    await then().getByText("Not live:").waitFor();
    await page.getByTestId("live").getByText("Not live").waitFor();
    await scrub().focus();
    await page.keyboard.press("Home");
    await then().getByText(`Not live: ${clock(began)}`).waitFor();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("ArrowRight");
    await then().getByText(`Not live: ${clock(began + 11_000)}`).waitFor();
    await sentence().getByText("m1 leads term 2").waitFor();
    expect(await page.getByTestId("role-m1").textContent()).toBe("leader");
    expect(await page.getByTestId("kill-m1").first().isDisabled()).toBe(true);
    expect(await page.getByTestId("kill-m1").first().getAttribute("title")).toContain("This is the past");
    expect(await scrub().getAttribute("aria-valuetext")).toMatch(/ ago$/);
    // to the next thing that happened, and past it
    await page.keyboard.press(".");
    await then().getByText(`Not live: ${clock(began + 12_000)}`).waitFor();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.getByTestId("member-m1").getAttribute("data-process")).toBe("killed");
    await page.keyboard.press(",");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.getByTestId("member-m1").getAttribute("data-process")).toBe("running");
    await axe("past", ["light", "dark"]);
    // what asks the cluster says that it cannot tell of then
    for (const [key, name] of [["3", "Keys"], ["5", "Members"], ["6", "Watchers"], ["7", "Snapshots"]] as const) {
      await page.keyboard.press(key);
      await page.getByTestId("not-then").getByText(`${name}: not recorded`).waitFor();
    }
    await page.keyboard.press("2");
    await page.getByTestId("entry-list").getByRole("option").first().click();
    await page.getByTestId("details").getByText("which can only tell of now").waitFor();
    await page.keyboard.press("1");
    expect(window.lab.executed.filter((name) => !/^(recording|view|window|terminal)\./.test(name))).toEqual([]);
    await page.keyboard.press("r");
    await live();
    await sentence().getByText("leads term 3").waitFor();
    expect(await page.getByTestId("kill-m1").first().isDisabled()).toBe(false);
  });

  test("dragged to and fro it follows the hand, terminals show what they showed, and playing goes on to live", async () => {
    await open();
    const box = (await scrub().boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.999, y);
    await page.mouse.down();
    for (const share of [0.98, 0.9, 0.8, 0.85]) await page.mouse.move(box.x + box.width * share, y);
    await then().waitFor();
    await page.getByTestId("past-terminal").getByText("etcdctl put secret 42").first().waitFor();
    await page.mouse.move(box.x + 2, y);
    await then().getByText(`Not live: ${clock(began)}`).waitFor();
    await page.getByTestId("past-terminal-none").or(page.getByTestId("past-terminal")).waitFor();
    await expect.poll(() => page.getByText("etcdctl put secret 42").count()).toBe(0);
    await page.mouse.up();
    await page.getByTestId("rewind-speed").selectOption({ label: "10x" });
    const start = await then().textContent();
    await page.getByTestId("rewind-play").click();
    await expect.poll(() => then().textContent()).not.toBe(start);
    await page.getByTestId("past-terminal").getByText("etcdctl put secret 42").first().waitFor();
    await page.getByTestId("rewind-play").click();
    expect(await page.getByTestId("rewind-play").getAttribute("aria-label")).toBe("Play");
    await page.getByTestId("go-live").click();
    await live();
    await page.getByTestId("rewind").click();
    await then().waitFor();
    await page.keyboard.press("Shift+ArrowRight");
    await live();
  });

  test("a recording is saved without what was typed, opened by dropping it, and a damaged one is refused with the place", async () => {
    await open();
    await page.keyboard.press("r");
    await then().waitFor();
    await page.getByTestId("rewind-save").click();
    await page.getByTestId("recording-note").fill("m1 is killed at 12 s");
    await axe("save", ["light"]);
    await page.getByTestId("leave-terminals").check();
    const downloading = page.waitForEvent("download");
    await page.getByTestId("recording-go").click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^ha-practice-\d{8}-\d{6}\.qrec$/);
    const bytes = readFileSync(await download.path());
    const opened = await openRecording(new Uint8Array(bytes), "a.qrec");
    expect(opened.facts).toMatchObject({ lab: "ha-practice", note: "m1 is killed at 12 s", leftOut: ["terminals"] });
    expect(opened.facts.to - opened.facts.from).toBeGreaterThan(PAST_MS - 5000);
    expect(JSON.stringify(opened.keys).includes("put secret 42")).toBe(false);
    await page.keyboard.press("r");
    await live();

    await drop("broken.qrec", bytes.subarray(0, bytes.length - 9));
    await page.getByText(/It cannot be opened: broken\.qrec: at offset \d+: expected \d+ bytes, found \d+: the file is cut off/).waitFor();
    await live();
    await drop("lesson.qrec", bytes);
    await then().getByText("from lesson.qrec").waitFor();
    await then().getByText("m1 is killed at 12 s").waitFor();
    await page.getByText("was left out of this recording").waitFor();
    expect(await page.getByTestId("kill-m1").first().getAttribute("title")).toContain("no cluster behind it");
    await page.getByTestId("close-recording").click();
    await live();

    // the same file in the place of a lab
    const folder = mkdtempSync(join(tmpdir(), "rewind-"));
    try {
      const path = join(folder, "lesson.qrec");
      writeFileSync(path, bytes);
      const served = await serveWindow({ host: await openRecordingFile(path), folder: resolve("dist/window"), port: 0 });
      try {
        await page.goto(served.url);
        await then().getByText(`Recording: ${clock(began)}`).waitFor();
        await sentence().getByText("m1 leads term 2").waitFor();
        await scrub().focus();
        await page.keyboard.press("End");
        await sentence().getByText("leads term 3").waitFor();
        expect(await page.getByTestId("close-recording").count()).toBe(0);
      } finally {
        await page.goto("about:blank");
        await served.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
