/** Breaking the recorded lab by hand: members dragged away, files hurt, clocks skewed, and what cannot be done with its reason. */
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "./browser.ts";
import { browserForWindow, RecordedWindow } from "./recorded-window.ts";

describe.skipIf(chromiumPath === undefined)("breaking things in Chromium (apt-get install chromium)", { timeout: 60_000 }, () => {
  let browser: Browser;
  let window: RecordedWindow;
  let page: Page;

  beforeAll(async () => {
    browser = await browserForWindow();
  });
  afterAll(() => browser.close());
  afterEach(() => window.close());

  async function open(members = 5): Promise<void> {
    window = await RecordedWindow.open(browser, { members });
    ({ page } = window);
  }
  const node = (host: string): Locator => page.getByTestId(`node-${host}`);
  const faults = (): Locator => page.getByTestId("faults").getByRole("listitem");
  const cuts = (): string[] => window.lab.state.faults.map((fault) => `${fault.host}>${fault.to}`).sort();
  async function middle(host: string): Promise<{ x: number; y: number }> {
    const box = (await node(host).boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }
  /** Carries a member; it stays in the hand until `drop`. */
  async function carry(host: string, to: { x: number; y: number }): Promise<void> {
    const from = await middle(host);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + 20, from.y + 20);
    await page.mouse.move(to.x, to.y, { steps: 4 });
  }
  const between = (side: readonly string[], rest: readonly string[]): string[] => side.flatMap((a) => rest.flatMap((b) => [`${a}>${b}`, `${b}>${a}`])).sort();

  test("a member that is dragged away is cut off, another beside it keeps it company, and back home both are with the rest", async () => {
    await open();
    const homes = { m3: await middle("m3"), m4: await middle("m4") };
    const away = { x: homes.m3.x + 10, y: homes.m3.y - 150 };
    await carry("m3", away);
    await page.getByTestId("carry").getByText("m3 is cut off from all others").waitFor();
    expect(cuts()).toEqual([]);
    await page.mouse.up();
    await expect.poll(cuts).toEqual(between(["m3"], ["m1", "m2", "m4", "m5"]));
    // it stands where it was put, also when the lab goes on, and a drag was no press
    expect(Math.hypot((await middle("m3")).x - away.x, (await middle("m3")).y - away.y)).toBeLessThan(30);
    expect(await page.getByTestId("details").count()).toBe(0);
    await carry("m4", { x: away.x - 90, y: away.y });
    await page.getByTestId("carry").getByText("m3 and m4 are cut off from the others together").waitFor();
    await page.mouse.up();
    await expect.poll(cuts).toEqual(between(["m3", "m4"], ["m1", "m2", "m5"]));
    await page.getByTestId("sentence").getByText("m1 leads term 2").waitFor();
    await carry("m3", homes.m3);
    await page.getByTestId("carry").getByText("m3 is with the others").waitFor();
    await page.mouse.up();
    await expect.poll(cuts).toEqual(between(["m4"], ["m1", "m2", "m3", "m5"]));
    await page.keyboard.press("h");
    await expect.poll(() => faults().count()).toBe(0);
    await expect.poll(async () => Math.hypot((await middle("m4")).x - homes.m4.x, (await middle("m4")).y - homes.m4.y)).toBeLessThan(4);
  });

  test("Escape lets go of what is carried; I on a member cuts it off, and Escape on it lets it back", async () => {
    await open();
    const home = await middle("m2");
    await carry("m2", { x: home.x - 160, y: home.y + 120 });
    await page.getByTestId("carry").getByText("m2 is cut off").waitFor();
    await page.keyboard.press("Escape");
    await page.mouse.up();
    expect(await middle("m2")).toEqual(home);
    await node("m2").focus();
    await page.keyboard.press("i");
    await expect.poll(cuts).toEqual(between(["m2"], ["m1", "m3", "m4", "m5"]));
    await expect.poll(() => node("m2").getAttribute("title")).toContain("Escape");
    await page.keyboard.press("Escape");
    await expect.poll(cuts).toEqual([]);
  });

  test("everything that can be broken on a member is in one window, and what cannot be has its reason", async () => {
    await open(3);
    await page.keyboard.press("b");
    const list = page.getByTestId("break-list");
    await list.getByText("this member has no certificate: the lab runs without TLS").waitFor();
    await list.getByText("stop or kill it first: only a crash tears a write").waitFor();
    expect(await page.getByTestId("break-torn-m1").getAttribute("aria-disabled")).toBe("true");
    expect(await window.violations()).toEqual([]);
    await page.getByTestId("break-kill-m1").click();
    await page.getByTestId("sentence").getByText("2 of 3 members serve.").waitFor();
    await page.getByTestId("break").click();
    await page.getByTestId("break-torn-m1").click();
    await faults().getByText("torn-write on m1").waitFor();
    await window.palette("delete the data-dir of m1");
    await faults().getByText("data-deleted on m1").waitFor();
    await page.keyboard.press("h");
    await expect.poll(() => faults().count()).toBe(0);
    // the same in the menu
    await node("m2").click({ button: "right" });
    expect(await page.getByRole("menuitem", { name: "Let the certificate of m2 expire" }).getAttribute("title")).toContain("without TLS");
  });

  test("a bit is flipped where the dialog says, which says what notices it; a clock is skewed either way", async () => {
    await open(3);
    await window.palette("flip a bit in a file of m1");
    await page.getByTestId("flip-notice").getByText("m1 runs and has read its files").waitFor();
    await page.getByTestId("flip-host").selectOption("m2");
    await expect.poll(() => page.getByTestId("flip-file").inputValue()).toContain(".wal");
    await page.getByText("Every record of the log carries a checksum").waitFor();
    expect(await window.violations()).toEqual([]);
    await page.getByTestId("flip-file").selectOption("member/snap/db");
    await page.getByRole("radio", { name: "Newest value" }).click();
    await page.getByTestId("flip-go").click();
    await faults().getByText("bit 3 of member/snap/db on m2 is flipped (end)").waitFor();
    await window.palette("skew the clock of m3");
    await page.getByTestId("skew-seconds").fill("5");
    await page.getByRole("radio", { name: "Behind" }).click();
    await page.getByTestId("skew-go").click();
    await faults().getByText("the clock of m3 is -5 s ahead").waitFor();
    expect(await window.violations()).toEqual([]);
  });
});
