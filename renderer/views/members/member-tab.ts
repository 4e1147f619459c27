/** What of a member its page shows. */
export type MemberTab = "metrics" | "configuration" | "log" | "disk";
