/**
 * The window on recorded data in a real browser: what each view shows and does, by keyboard too, and that axe finds nothing
 * in any of them. The window is built for it when dist/window is not there.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import type { ServedWindow } from "../../core/lab/carrier/serve-window.ts";
import { chromiumPath, launchChromium } from "./browser.ts";
import { RecordedLab } from "./recorded-lab.ts";

const folder = resolve("dist/window");

describe.skipIf(chromiumPath === undefined)("the window in Chromium (apt-get install chromium)", { timeout: 60_000 }, () => {
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

  afterAll(async () => {
    await browser.close();
  });

  async function open(members = 3, keys = 0, empty = false): Promise<void> {
    lab = new RecordedLab({ members, keys, empty });
    served = await serveWindow({ host: lab, folder, port: 0 });
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "no-preference" });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
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
    // Among these would be every breach of the content security policy.
    expect(errors).toEqual([]);
  });

  /** @param rules only these; all when there are none */
  async function violations(...rules: string[]): Promise<string[]> {
    // one page and no passes in the report: half of the time
    const axe = new AxeBuilder({ page }).setLegacyMode(true);
    axe.options({ resultTypes: ["violations"], ...(rules.length > 0 ? { runOnly: { type: "rule", values: rules } } : {}) });
    const { violations: found } = await axe.analyze();
    return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
  }

  const sentence = (): ReturnType<Page["getByTestId"]> => page.getByTestId("sentence");

  test("the cluster shows who leads; killing the leader with its button brings another", async () => {
    await open();
    await sentence().getByText("3 of 3 members serve.").waitFor();
    expect(await page.getByTestId("role-m1").textContent()).toBe("leader");
    await page.getByTestId("kill-m1").first().click();
    await sentence().getByText("2 of 3 members serve.").waitFor();
    await sentence().getByText("leads term 3").waitFor();
    expect(await page.getByTestId("member-m1").getAttribute("data-process")).toBe("killed");
    await page.getByTestId("start-m1").first().click();
    await sentence().getByText("3 of 3 members serve.").waitFor();
  });

  test("a lost quorum is said on top for as long as it lasts", async () => {
    await open();
    await page.getByTestId("kill-m1").first().click();
    await page.getByTestId("kill-m2").first().click();
    await sentence().getByText("Quorum lost: 1 of 3 members runs.").waitFor();
    expect(await page.getByTestId("top").getAttribute("data-tone")).toBe("bad");
  });

  test("a link is cut by keyboard alone, and H heals it", async () => {
    await open();
    await page.getByTestId("node-m1").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByTestId("link-m2-m1").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Cut m2 to m1" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("faults").getByText("m2 to m1 is cut").waitFor();
    await page.keyboard.press("h");
    await page.getByTestId("faults").getByText("m2 to m1 is cut").waitFor({ state: "detached" });
  });

  test("the terminal takes lines, and what it writes appears among the keys and in the log", async () => {
    await open();
    await page.getByTestId("terminal-input-m1").focus();
    await page.keyboard.type("etcdctl put hello/world 1");
    await page.keyboard.press("Enter");
    await page.getByTestId("view-keys").click();
    await page.getByTestId("keys-filter").fill("hello");
    await page.getByTestId("key-list").getByRole("option").filter({ hasText: "hello/world" }).click();
    await page.getByTestId("key-value").getByText("1", { exact: true }).waitFor();
    await page.getByTestId("view-log").click();
    await page.getByTestId("entry-list").getByRole("option").filter({ hasText: "hello/world" }).first().click();
    await page.getByTestId("way-summary").getByText("Answered after 4.2 ms. The longest wait, 1.5 ms, was until m2 had it on disk.").waitFor();
    await page.getByTestId("entry-to-key").click();
    await page.getByTestId("key-value").getByText("1", { exact: true }).waitFor();
  });

  test("raft goes slower by a slider, and healing brings real time back", async () => {
    await open();
    const pace = page.getByTestId("pace");
    await pace.focus();
    for (let times = 0; times < 3; times++) await page.keyboard.press("ArrowRight");
    await page.getByTestId("faults").getByText("raft goes 10 times slower").waitFor();
    expect(await pace.getAttribute("aria-valuetext")).toBe("1/10");
    await page.getByTestId("heal").click();
    await expect.poll(() => pace.getAttribute("aria-valuetext")).toBe("real time");
  });

  test("a key's history shows what changed, and put and delete go through dialogs", async () => {
    await open();
    await page.getByTestId("view-keys").click();
    await page.getByTestId("put").click();
    await page.getByTestId("put-key").fill("a/new");
    await page.getByTestId("put-value").fill("one");
    await page.getByTestId("put-go").click();
    await page.getByTestId("key-value").getByText("one").waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByTestId("put-value").fill("two");
    await page.getByTestId("put-go").click();
    await page.getByTestId("key-value").getByText("two").waitFor();
    await page.getByTestId("key-history").getByRole("button").first().click();
    await page.getByTestId("key-history").getByText("−one").waitFor();
    await page.getByTestId("key-history").getByText("+two").waitFor();
    await page.getByTestId("key-history").getByRole("button").first().click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByTestId("delete-go").click();
    await page.getByText("This key is gone.").waitFor();
  });

  test("a hundred thousand keys open by prefix, and few rows exist at a time", async () => {
    await open(3, 100_000);
    await page.getByTestId("view-keys").click();
    await page.getByText("more below").waitFor();
    await page.getByRole("treeitem", { name: "/registry/" }).click();
    await page.getByTestId("key-list").getByText("/registry/configmaps/shop/cart").waitFor({ state: "attached" });
    await page.getByRole("treeitem", { name: "/load/" }).click();
    await page.getByRole("treeitem", { name: "07/" }).click();
    await page.getByTestId("key-list").getByText("/load/07/k000007").waitFor();
    expect(await page.getByTestId("key-list").getByRole("option").count()).toBeLessThan(60);
  });

  test("a window that only shows asks for nothing, in any view", async () => {
    await open();
    lab.freeze();
    for (const view of ["cluster", "log", "keys", "timeline"] as const) {
      await page.getByTestId(`view-${view}`).click();
      await page.getByTestId(view).waitFor();
    }
    await page.getByTestId("view-keys").click();
    await page.getByTestId("key-list").getByRole("option").first().click();
    await page.getByTestId("key-value").waitFor();
    const asked = (): number => lab.executed.filter((name) => name !== "window.painted").length;
    await expect.poll(async () => {
      const before = asked();
      await page.waitForTimeout(500);
      return asked() - before;
    }).toBe(0);
    expect(asked()).toBeLessThan(30);
  });

  test("the row under the pointer stays there while entries come, and the newest are back when it leaves", async () => {
    await open();
    await page.getByTestId("view-log").click();
    const list = page.getByTestId("entry-list");
    const rows = list.getByRole("option");
    await expect.poll(() => rows.count()).toBeGreaterThan(10);
    const box = (await list.boundingBox())!;
    await page.mouse.move(box.x + 200, box.y + 3.5 * 28);
    const under = (): Promise<string> => page.evaluate<string>(`document.elementFromPoint(${box.x + 200}, ${box.y + 3.5 * 28}).closest("[role=option]").innerText`);
    const pointed = await under();
    const newest = (): Promise<string> => page.getByTestId("log").getByText(/[\d,]+ entries/).first().innerText();
    const before = await newest();
    await expect.poll(newest).not.toBe(before);
    expect(await under()).toBe(pointed);
    await page.mouse.move(5, 5);
    await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test("step mode keeps messages until each is let go or lost, by keyboard too", async () => {
    await open();
    await page.getByTestId("step").click();
    const letters = page.getByTestId("letters").getByRole("option");
    await expect.poll(() => letters.count()).toBe(2);
    await page.getByTestId("mail-count").getByText("2 messages wait").waitFor();
    await letters.filter({ hasText: "append put /shop/carts/7 (term 2)" }).click();
    await page.keyboard.press("Enter");
    await page.getByTestId("mail-count").getByText("1 message waits").waitFor();
    await letters.first().getByText("Lose", { exact: true }).click();
    await page.getByTestId("mail-count").getByText("nothing waits").waitFor();
    expect(await violations()).toEqual([]);
    await page.getByTestId("step").click();
    await expect.poll(() => page.getByTestId("mail-room").count()).toBe(0);
  });

  test("an event says what brought it about, and what followed from it", async () => {
    await open();
    await page.getByTestId("view-timeline").click();
    await page.getByTestId("event-list").getByRole("option").filter({ hasText: "became leader of term 2" }).click();
    await page.getByTestId("event-cause").getByText("stood for election: heard nothing from m2").click();
    await page.getByTestId("event-effects").getByText("became leader of term 2").waitFor();
    await page.getByTestId("event-cause").getByText("paused for 3 s").click();
    await page.getByTestId("event-effects").getByText("stood for election").waitFor();
  });

  test("the palette reaches an action by its name", async () => {
    await open();
    await page.keyboard.press("F1");
    await page.keyboard.type("isolate m3");
    await page.keyboard.press("Enter");
    await page.getByTestId("heal").getByText("Heal 4 faults").waitFor();
  });

  test("every fault that a link can have is set in a dialog, one direction or both", async () => {
    await open();
    for (const [words, amount, told] of [
      ["delay m1 to m2", "120", "is 120 ms late"],
      ["lose messages m1 to m2", "7", "loses 7 %"],
      ["double messages m1 to m2", "8", "sends twice"],
      ["reorder messages m1 to m2", "9", "reorders 9 %"],
      ["narrow m1 to m2", "1024", "carries 1024 bytes a second"],
    ] as const) {
      await page.keyboard.press("F1");
      await page.keyboard.type(words);
      await page.keyboard.press("Enter");
      await page.getByTestId("fault-amount").fill(amount);
      await page.getByText("Both directions").click();
      await page.keyboard.press("Enter");
      for (const way of ["m1 to m2", "m2 to m1"]) await page.getByTestId("faults").getByText(`${way} ${told}`).waitFor();
    }
  });

  test("when the host goes away all is marked as not live, and it comes back by itself", async () => {
    await open();
    // The terminal's code comes after the first picture: on its way it would be one more thing that the host's going breaks.
    await page.getByTestId("terminal-input-m1").waitFor({ state: "attached" });
    const { port, token } = served;
    await served.close();
    await page.getByTestId("disconnected").waitFor();
    await page.getByTestId("live").getByText("Not live").waitFor();
    expect(await page.getByTestId("kill-m1").first().isDisabled()).toBe(true);
    served = await serveWindow({ host: lab, folder, port, token });
    await page.getByTestId("live").getByText("Live", { exact: true }).waitFor();
    await page.getByTestId("disconnected").waitFor({ state: "detached" });
  });

  test("a link of an earlier start says so and does not try again", async () => {
    await open();
    await page.goto(`${served.url.split("#")[0]}#wrong`);
    await page.reload();
    await sentence().getByText("This link is from an earlier start.").waitFor();
  });

  test("the theme is chosen, and remembered over a reload", async () => {
    await open();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("radio", { name: "Dark" }).click();
    await page.reload();
    await page.getByTestId("live").getByText("Live", { exact: true }).waitFor();
    expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  });

  test("axe finds nothing in any view, dialog or menu, in either theme", { timeout: 180_000 }, async () => {
    await open(5);
    await lab.execute("member.kill", { host: "m5" });
    await lab.execute("fault.link", { from: "m2", to: "m4", kind: "cut", amount: 0 });
    await lab.execute("fault.link", { from: "m1", to: "m3", kind: "delay", amount: 40 });
    await sentence().getByText("4 of 5 members serve.").waitFor();
    lab.freeze();
    const clean = async (place: string): Promise<void> => {
      await page.emulateMedia({ colorScheme: "light" });
      expect([place, "light", await violations()]).toEqual([place, "light", []]);
      // the other theme has the same elements in other colours
      await page.emulateMedia({ colorScheme: "dark" });
      expect([place, "dark", await violations("color-contrast")]).toEqual([place, "dark", []]);
    };
    const dialog = async (place: string, openIt: () => Promise<void>): Promise<void> => {
      await openIt();
      await page.getByRole("dialog").waitFor();
      await clean(place);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    for (const view of ["cluster", "log", "keys", "timeline"] as const) {
      await page.getByTestId(`view-${view}`).click();
      await page.getByTestId(view).waitFor();
      await clean(view);
      if (view === "log") await dialog("jump", () => page.getByRole("button", { name: "Jump to index" }).click());
      if (view === "keys") await dialog("put", () => page.getByTestId("put").click());
    }
    await page.keyboard.press("1");
    await page.getByTestId("node-m2").click();
    await clean("member");
    await page.getByTestId("node-m2").click({ button: "right" });
    await page.getByRole("menu").waitFor();
    await clean("menu");
    await page.keyboard.press("Escape");
    await page.getByRole("radio", { name: "Rows" }).click();
    await page.getByTestId("node-m2").waitFor({ state: "detached" });
    await clean("rows");
    await dialog("palette", () => page.keyboard.press("F1"));
    await dialog("shortcuts", () => page.keyboard.press("?"));
    await dialog("settings", () => page.getByRole("button", { name: "Settings" }).click());
  });

  test("an empty lab says what belongs there", async () => {
    await open(3, 0, true);
    await sentence().getByText("No members yet.").waitFor();
    for (const [view, words] of [["log", "No entries yet"], ["timeline", "Nothing has happened yet"]] as const) {
      await page.getByTestId(`view-${view}`).click();
      await page.getByText(words).waitFor();
    }
    expect(await violations()).toEqual([]);
  });
});
