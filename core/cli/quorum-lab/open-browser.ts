/** The user's browser, started beside this program. */
import { spawn } from "node:child_process";

/** The address stands on the terminal too, so a browser that cannot be started is no failure. */
export function openBrowser(url: string): void {
  const [program, ...args] = process.platform === "darwin" ? ["open", url] : process.platform === "win32" ? ["cmd", "/c", "start", "", url] : ["xdg-open", url];
  const child = spawn(program!, args, { stdio: "ignore", detached: true });
  child.on("error", () => process.stderr.write("No browser could be started; open the address above.\n"));
  child.unref();
}
