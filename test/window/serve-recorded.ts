/** `node tools/run-ts.mjs test/window/serve-recorded.ts [MEMBERS] [PORT]`: the built window on recorded data, to look at. */
import { resolve } from "node:path";
import { serveWindow } from "../../core/lab/carrier/serve-window.ts";
import { RecordedLab } from "./recorded-lab.ts";

const lab = new RecordedLab({ members: Number(process.argv[2] ?? 3), keys: 500 });
const served = await serveWindow({ host: lab, folder: resolve("dist/window"), port: Number(process.argv[3] ?? 0) });
console.log(`Quorum Lab (recorded): ${served.url}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    lab.stop();
    void served.close();
  });
}
