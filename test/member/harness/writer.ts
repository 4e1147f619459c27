export * from "../../peers/harness/writer.ts";
