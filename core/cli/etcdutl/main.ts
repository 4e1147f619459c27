import { runAsProcess } from "../node-io.ts";
import { etcdutl } from "./index.ts";

void runAsProcess(etcdutl);
