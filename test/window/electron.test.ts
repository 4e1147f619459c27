import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { _electron as electron } from "playwright-core";
import { describe, expect, test } from "vitest";

/** Where the electron package keeps its runtime, when it was fetched. */
function electronRuntime(): string | undefined {
  const own = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
  if (own !== undefined && own !== "") return join(own, "electron");
  const pathFile = resolve("node_modules/electron/path.txt");
  if (!existsSync(pathFile)) return undefined;
  const path = resolve("node_modules/electron/dist", readFileSync(pathFile, "utf8"));
  return existsSync(path) ? path : undefined;
}

const runtime = electronRuntime();
const hasDisplay = process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
const built = existsSync(resolve("dist/electron/main.mjs")) && existsSync(resolve("dist/bin/etcd"));

describe.skipIf(runtime === undefined || !hasDisplay || !built)(
  "the app in Electron (needs the runtime of the electron package, which `npm start` fetches, a display, and `npm run build`)",
  () => {
    test("opens isolated, shows a led cluster, and ends its members when it quits", { timeout: 90_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "quorum-lab-electron-"));
      const app = await electron.launch({ executablePath: runtime ?? "", args: [resolve("."), `--lab=${join(folder, "lab")}`, "--members=3"] });
      try {
        const page = await app.firstWindow();
        await page.getByTestId("sentence").getByText("3 of 3 members serve.").waitFor({ timeout: 60_000 });
        expect(await page.evaluate("[typeof require, typeof process, typeof window.quorumLab].join()")).toBe("undefined,undefined,object");
        expect(await page.evaluate("window.open('https://example.org') === null")).toBe(true);
        const preferences = await app.evaluate(({ BrowserWindow }) => {
          const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
          const { contextIsolation, sandbox, nodeIntegration } = contents.getLastWebPreferences();
          return { contextIsolation, sandbox, nodeIntegration };
        });
        expect(preferences).toEqual({ contextIsolation: true, sandbox: true, nodeIntegration: false });
      } finally {
        await app.close();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);
