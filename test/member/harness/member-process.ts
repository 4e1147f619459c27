export * from "../../peers/harness/member-process.ts";
