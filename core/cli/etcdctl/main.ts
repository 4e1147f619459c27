import { runAsProcess } from "../node-io.ts";
import { etcdctl } from "./index.ts";

void runAsProcess(etcdctl);
