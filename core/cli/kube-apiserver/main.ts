import { runAsProcess } from "../node-io.ts";
import { kubeApiserver } from "./run.ts";

void runAsProcess(kubeApiserver);
