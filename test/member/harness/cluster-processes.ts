export * from "../../peers/harness/cluster-processes.ts";
