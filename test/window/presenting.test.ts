/** The window as a tool for teaching: presenter mode, windows of their own, panes, links in the terminal, more contrast. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "./browser.ts";
import { browserForWindow, RecordedWindow } from "./recorded-window.ts";

describe.skipIf(chromiumPath === undefined)("presenting in Chromium (apt-get install chromium)", { timeout: 60_000 }, () => {
  let browser: Browser;
  let window: RecordedWindow;
  let page: Page;

  beforeAll(async () => {
    browser = await browserForWindow();
  });
  afterAll(() => browser.close());
  afterEach(() => window.close());

  async function open(...more: Parameters<typeof RecordedWindow.open> extends [Browser, ...infer Rest] ? Rest : never): Promise<void> {
    window = await RecordedWindow.open(browser, ...more);
    ({ page } = window);
  }
  const width = (selector: string): Promise<number> => page.evaluate<number>(`document.querySelector(${JSON.stringify(selector)})?.getBoundingClientRect().width ?? 0`);

  test("presenter mode is large and bare, shows what is pressed but not what is typed, and Escape leaves it", async () => {
    await open();
    const before = await width('[data-testid="node-m1"]');
    await page.keyboard.press("p");
    await page.getByTestId("presenter").waitFor();
    await expect.poll(() => width('[data-testid="node-m1"]')).toBeGreaterThan(before * 1.3);
    expect(await page.getByTestId("view-log").count()).toBe(0);
    expect(await page.getByTestId("faults").count()).toBe(0);
    await page.keyboard.press("2");
    await page.getByTestId("pressed").getByText("2", { exact: true }).waitFor();
    await page.getByTestId("log").waitFor();
    await page.mouse.move(300, 300);
    await expect.poll(() => page.locator(".light").count()).toBeGreaterThan(0);
    await page.keyboard.press("l");
    await expect.poll(() => page.locator(".light").count()).toBe(0);
    await page.getByTestId("terminal-input-m1").focus();
    await page.keyboard.type("secret");
    await page.keyboard.press("Control+c");
    await page.getByTestId("pressed").getByText("Ctrl C").waitFor();
    expect(await page.getByTestId("pressed").innerText()).not.toContain("E");
    await page.locator("main").click({ position: { x: 5, y: 5 } });
    await page.keyboard.press("Escape");
    await page.getByTestId("view-log").waitFor();
    expect(await page.getByTestId("presenter").count()).toBe(0);
  });

  test("a view has a window of its own, on the same lab, and what is chosen there stays there", async () => {
    await open();
    await page.getByTestId("view-log").click({ button: "right" });
    const [own] = await Promise.all([window.context.waitForEvent("page"), page.getByRole("menuitem", { name: "Open Log in a window of its own" }).click()]);
    window.watch(own);
    await own.getByTestId("log").waitFor();
    await expect.poll(() => own.title()).toBe("Log, ha-practice - Quorum Lab");
    expect(await own.getByTestId("view-cluster").count()).toBe(0);
    await own.keyboard.press("3");
    await own.getByTestId("keys").waitFor();
    await page.getByTestId("kill-m1").first().click();
    await own.getByTestId("sentence").getByText("2 of 3 members serve.").waitFor();
    await page.reload();
    await page.getByTestId("cluster").waitFor();
    const [shell] = await Promise.all([window.context.waitForEvent("page"), window.palette("open the terminals in a window")]);
    window.watch(shell);
    await shell.getByTestId("terminal-input-m1").focus();
    await shell.keyboard.type("etcdctl get none");
    await shell.locator(".xterm-rows").getByText("etcdctl get none").waitFor();
  });

  test("panes stand where they are put, keep their sizes, and are there again after a reload", async () => {
    await open({}, { viewport: { width: 1600, height: 900 } });
    await window.palette("terminals on the right");
    await window.palette("inspector on the left");
    const box = async (selector: string): Promise<{ x: number; y: number; width: number; height: number }> => (await page.locator(selector).boundingBox())!;
    await expect.poll(async () => (await box("aside")).x).toBe(72);
    const dock = await box("section.dock");
    expect(dock.x + dock.width).toBe(1600);
    expect(dock.height).toBeGreaterThan(700);
    await page.getByRole("separator", { name: "Width of the terminal" }).focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(async () => (await box("section.dock")).width).toBe(dock.width + 16);
    await page.getByRole("separator", { name: "Width of the inspector" }).focus();
    const side = await box("aside");
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await box("aside")).width).toBe(side.width + 16);
    await page.reload();
    await expect.poll(async () => (await box("section.dock")).width).toBe(dock.width + 16);
    await window.palette("hide the inspector");
    await page.locator("aside").waitFor({ state: "detached" });
    await page.getByTestId("node-m2").click();
    await page.getByTestId("details").waitFor();
    expect(await window.violations()).toEqual([]);
  });

  test("what the terminal names leads to its view: by a click, and by keys from a menu", async () => {
    await open();
    await page.getByTestId("terminal-input-m1").focus();
    await page.keyboard.type("etcdctl put linked/key 1 # m2, revision 3\n");
    const rows = page.locator(".xterm-rows").first();
    await rows.getByText("OK").first().waitFor();
    await page.keyboard.press("Control+Shift+O");
    await page.getByRole("menuitem", { name: "Show key linked/key" }).waitFor();
    await page.getByRole("menuitem", { name: "Show the keys as of revision 3" }).click();
    await page.getByTestId("keys-at").getByText("as of revision 3").waitFor();
    await page.getByRole("button", { name: "Show now" }).click();
    const at = await page.evaluate<{ x: number; y: number }>(`(() => {
      const walk = document.createTreeWalker(document.querySelector(".xterm-rows"), NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node !== null; node = walk.nextNode()) {
        const from = node.data.indexOf("m2,");
        if (from < 0) continue;
        const range = document.createRange();
        range.setStart(node, from);
        range.setEnd(node, from + 2);
        const box = range.getBoundingClientRect();
        return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
      }
    })()`);
    await page.mouse.move(at.x, at.y);
    await expect.poll(() => page.locator(".xterm-cursor-pointer").count()).toBe(1);
    await page.mouse.down();
    await page.mouse.up();
    await page.getByTestId("details").getByRole("heading", { name: "m2" }).waitFor();
  });

  test("more contrast is a setting and the system's wish, and axe finds nothing in it", async () => {
    await open({}, { contrast: "more" });
    const wish = (): Promise<string | undefined> => page.evaluate<string | undefined>("document.documentElement.dataset.contrast");
    expect(await wish()).toBe("more");
    window.lab.freeze();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect([scheme, await window.violations("color-contrast", "color-contrast-enhanced")]).toEqual([scheme, []]);
    }
    await page.emulateMedia({ contrast: "no-preference" });
    await expect.poll(wish).toBe(undefined);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("radio", { name: "More" }).click();
    expect(await wish()).toBe("more");
    await page.keyboard.press("Escape");
    await page.emulateMedia({ forcedColors: "active" });
    await page.getByTestId("node-m2").focus();
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  });

  test("the terminal's code that could not be had while the host was away is had when it is back", async () => {
    let refused = 0;
    await open({}, {}, async (fresh) => void (await fresh.route(/terminal-session-.*\.js/, (route) => (refused++, route.abort()))));
    await expect.poll(() => refused).toBeGreaterThan(0);
    expect(await page.getByTestId("terminal-input-m1").count()).toBe(0);
    await window.served.close();
    await page.getByTestId("disconnected").waitFor();
    await page.unroute(/terminal-session-.*\.js/);
    await window.serveAgain();
    await page.getByTestId("disconnected").waitFor({ state: "detached" });
    await page.getByTestId("terminal-input-m1").waitFor({ state: "attached" });
    // the browser says what it could not load
    expect(window.errors.splice(0).every((error) => /ERR_FAILED|Failed to (?:load|fetch)/.test(error))).toBe(true);
  });
});
