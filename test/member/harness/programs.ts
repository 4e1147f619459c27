export * from "../../peers/harness/programs.ts";
