/** The built window on a recorded lab in Chromium: opened, watched for errors, and put away. One browser serves a whole file of tests. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import type { ServedWindow } from "../../core/lab/carrier/serve-window.ts";
import { launchChromium } from "./browser.ts";
import { RecordedLab, type RecordedLabOptions } from "./recorded-lab.ts";

const folder = resolve(process.env["WINDOW_FOLDER"] ?? "dist/window");

export class RecordedWindow {
  served!: ServedWindow;
  /** what the page complained of: among it would be every breach of the content security policy */
  readonly errors: string[] = [];

  private constructor(
    readonly lab: RecordedLab,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  /** @param before runs before the page is loaded */
  static async open(browser: Browser, options: RecordedLabOptions = {}, context: BrowserContextOptions = {}, before?: (page: Page) => Promise<void>): Promise<RecordedWindow> {
    const lab = new RecordedLab(options);
    const served = await serveWindow({ host: lab, folder, port: 0 });
    const made = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "no-preference", ...context });
    const page = await made.newPage();
    const opened = new RecordedWindow(lab, made, page);
    opened.served = served;
    page.setDefaultTimeout(15_000);
    opened.watch(page);
    await before?.(page);
    await page.goto(served.url);
    await page.getByTestId("live").or(page.getByTestId("sentence")).first().waitFor();
    await page.getByTestId("sentence").getByText("serve.").or(page.getByText("No members yet.")).first().waitFor();
    return opened;
  }

  watch(page: Page): void {
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/WebSocket/.test(message.text())) this.errors.push(message.text());
    });
  }

  /** The host comes back at the address that it had. */
  async serveAgain(): Promise<void> {
    this.served = await serveWindow({ host: this.lab, folder, port: this.served.port, token: this.served.token });
  }

  async palette(words: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.page.keyboard.type(words);
    await this.page.keyboard.press("Enter");
  }

  /** @param rules only these; all when there are none */
  async violations(...rules: string[]): Promise<string[]> {
    // one page and no passes in the report: half of the time
    const axe = new AxeBuilder({ page: this.page }).setLegacyMode(true);
    axe.options({ resultTypes: ["violations"], ...(rules.length > 0 ? { runOnly: { type: "rule", values: rules } } : {}) });
    const { violations } = await axe.analyze();
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
  }

  async close(): Promise<void> {
    await this.context.close();
    this.lab.stop();
    await this.served.close();
    expect(this.errors).toEqual([]);
  }
}

/** The browser for a file of tests; the window is built where it is not there. */
export async function browserForWindow(): Promise<Browser> {
  if (!existsSync(`${folder}/index.html`)) {
    const { build } = await import("vite");
    await build({ configFile: resolve("renderer/vite.config.ts"), logLevel: "error" });
  }
  return launchChromium();
}
