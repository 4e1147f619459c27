/** Every word the window says, in one place. Short, whole and calm: what happened, where, what to do next. */
import type { FaultKind, MessageMark, ProcessState, Role, TimelineEvent } from "../core/lab/contract/state.ts";
import { count, milliseconds } from "./derive/format.ts";

const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;
const words = ["No", "One", "Two", "Three", "Four"];
const list = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;

export const text = {
  product: "Quorum Lab",
  views: { cluster: "Cluster", log: "Log", keys: "Keys", timeline: "Timeline" },
  rail: { label: "Views", settings: "Settings" },
  sentence: {
    connecting: "Connecting to the lab.",
    connectingRest: "The members appear as soon as the first snapshot is here.",
    away: "Not connected to the lab.",
    awayRest: (when: string) => `What you see is from ${when}, not live. Trying again by itself.`,
    awayNever: "The lab's host does not answer. Trying again by itself.",
    refused: "This link is from an earlier start.",
    refusedRest: "Open the address that the lab printed when it started.",
    empty: "No members yet.",
    emptyRest: "Start a lab with members to see a quorum here.",
    starting: "The cluster starts.",
    startingRest: (running: number, all: number) => `${running} of ${all} members run; the first election follows.`,
    serve: (serving: number, all: number) => `${serving} of ${plural(all, "member")} ${serving === 1 ? "serves" : "serve"}.`,
    leads: (leader: string, term: number) => `${leader} leads term ${term}; writes and reads are served.`,
    readOnly: (leader: string, term: number, host: string) => `${leader} leads term ${term}; NOSPACE on ${host}: writes are refused until space is made.`,
    spare: (losses: number) =>
      losses === 0 ? "The next loss stops writes." : `${words[losses] ?? count(losses)} more ${losses === 1 ? "loss is" : "losses are"} survivable.`,
    noLeader: "No leader.",
    noLeaderRest: (names: readonly string[], term: number) => `${list(names)} can elect one, term ${term} so far; writes wait until then.`,
    cutOff: "No leader.",
    cutOffRest: (names: readonly string[], majority: number) =>
      `${list(names)} run, but no ${majority} of them have found each other; writes wait.`,
    quorumLost: (running: number, all: number) => `Quorum lost: ${running} of ${plural(all, "member")} ${running === 1 ? "runs" : "run"}.`,
    quorumLostRest: (wanted: number) => `Writes and linearizable reads stop until ${wanted} run; serializable reads still work.`,
    allDown: "No member runs.",
    allDownRest: "Start a member to serve again; the data is still on disk.",
  },
  strip: {
    name: "Time",
    label: (term: number) => `Time line of terms and faults, now term ${term}. Opens the timeline.`,
    live: "Live",
    notLive: "Not live",
    noLeader: "no leader",
  },
  top: {
    heal: (n: number) => `Heal ${plural(n, "fault")}`,
    find: "Find or do anything",
  },
  inspector: { label: "Inspector", close: "Close details" },
  happened: { title: "What happened", empty: "Nothing yet. Elections, faults and commands appear here as they happen.", all: "Timeline" },
  faults: {
    title: "Faults in force",
    none: "None. Kill, pause or cut something to see what the others do.",
    undo: "Undo",
    undoOf: (what: string) => `Undo: ${what}`,
    kinds: {
      cut: "cut", delay: "delay", loss: "loss", duplicate: "twice", reorder: "reorder", bandwidth: "narrow",
      "slow-fsync": "slow disk", "failing-fsync": "failing disk", "disk-full": "disk full", paused: "paused",
    } satisfies Record<FaultKind, string>,
  },
  roles: {
    leader: "leader", follower: "follower", candidate: "candidate", "pre-candidate": "asking", learner: "learner",
  } satisfies Record<Role, string>,
  process: {
    starting: "starting", running: "running", paused: "paused", stopped: "stopped", killed: "killed", failed: "failed",
  } satisfies Record<ProcessState, string>,
  cluster: {
    members: (n: number) => plural(n, "member"),
    layout: "Arrangement",
    ring: "Ring",
    rows: "Rows",
    role: "role", commit: "commit", applied: "applied", db: "db size", fsync: "fsync", lastSeen: "last seen", behind: "behind", term: "term",
    vote: "vote", revision: "revision", keys: "keys", watchers: "watchers", leases: "leases", memory: "memory", pid: "process", id: "id",
    clientUrl: "client", peerUrl: "peer", inUse: "in use", alarms: "alarms", host: "member", state: "state",
    down: "down", unknown: "not heard yet", none: "none",
    entries: (n: number) => plural(n, "entry", "entries"),
    since: (host: string, state: string, ago: string) => `${host} ${state} ${ago} ago`,
    termOf: (term: number) => `term ${term}`,
    legend: { request: "request", reply: "reply", leader: "double ring: leader", arc: "arc: time left to an election", cut: "cut" },
    notDrawn: (n: number) => `${count(n)} more not drawn`,
    empty: "No members",
    emptyHint: "A lab has one to nine members. Start it with three:",
    emptyCommand: "npm start -- --members 3",
    node: (host: string, what: string, term: number | null) => `${host}, ${what}${term === null ? "" : `, term ${term}`}`,
    more: (host: string) => `More for ${host}`,
    linkHint: (from: string, to: string) => `${from} to ${to}: cut, delay or lose messages`,
    linkLabel: (from: string, to: string) => `cut, ${from} to ${to}`,
    late: (amount: number) => `+${count(amount)} ms`,
    lost: (amount: number) => `${Math.round(amount * 100)} % lost`,
    links: "Links",
    linkTo: "out",
    linkFrom: "in",
    services: "Services",
    loading: "Waiting for the first snapshot of the lab.",
  },
  actions: {
    kill: "Kill -9", pause: "Pause", resume: "Continue", stop: "Stop", start: "Start", restart: "Restart", isolate: "Isolate", heal: "Heal everything",
    killOf: (host: string) => `Kill ${host}`, pauseOf: (host: string) => `Pause ${host}`, resumeOf: (host: string) => `Continue ${host}`,
    stopOf: (host: string) => `Stop ${host}`, startOf: (host: string) => `Start ${host}`, restartOf: (host: string) => `Restart ${host}`,
    isolateOf: (host: string) => `Isolate ${host} from all others`, joinOf: (host: string) => `Rejoin ${host}: undo its cuts`,
    slowDisk: "Slow disk...", slowDiskOf: (host: string) => `Slow the disk of ${host}...`,
    failDisk: "Failing disk", failDiskOf: (host: string) => `Make fsync fail on ${host}`,
    fullDisk: "Full disk", fullDiskOf: (host: string) => `Fill the disk of ${host}`,
    cut: "Cut", cutOf: (from: string, to: string) => `Cut ${from} to ${to}`, cutBoth: (a: string, b: string) => `Cut ${a} and ${b}, both directions`,
    mendOf: (from: string, to: string) => `Mend ${from} to ${to}`,
    delay: "Delay...", delayOf: (from: string, to: string) => `Delay ${from} to ${to}...`,
    lose: "Lose...", loseOf: (from: string, to: string) => `Lose messages ${from} to ${to}...`,
    inspect: (host: string) => `Show ${host}`,
    terminal: (host: string) => `Open the terminal of ${host}`,
    toggleTerminal: "Show or hide the terminal", jump: "Jump to an index...", follow: "Follow the end of the log",
    put: "Put a key...", theme: (name: string) => `Theme: ${name}`, settings: "Settings...", shortcuts: "Keyboard shortcuts...",
    go: (view: string) => `Go to ${view}`, copyUrl: (host: string) => `Copy the client URL of ${host}`, ringLayout: "Cluster as a ring", rowLayout: "Cluster as rows",
    deadAlready: "It does not run", runsAlready: "It runs already", offline: "Not connected", noFaults: "No fault is in force",
    searchTerminal: "Search in the terminal",
  },
  log: {
    entries: (last: number) => plural(last, "entry", "entries"),
    window: (from: number) => `shown from ${count(from)}`,
    jump: "Jump to index",
    follow: "Follow",
    legend: { solid: "committed", dashed: "on disk, not committed", open: "not on disk yet", hatched: "was overwritten", match: "match", next: "next", commit: "line: commit", applied: "bar: applied" },
    snapshot: (to: number) => `snapshot, to ${count(to)}`,
    older: "not shown",
    empty: "No entries yet",
    emptyHint: "Every change is an entry of the log before it is anything else. Write one:",
    emptyCommand: "etcdctl put key1 value1",
    grid: "Logs of the members. Arrow keys move, Enter shows the entry's key.",
    cell: (host: string, index: number, term: number, state: string) => `${host} entry ${index}, term ${term}, ${state}`,
    nothing: (host: string, index: number) => `${host} has no entry ${index}`,
    states: { committed: "committed", durable: "not committed yet", pending: "not on disk yet", overwritten: "overwritten" },
    entry: (index: number) => `Entry ${count(index)}`,
    kind: "kind", key: "key", size: "size", at: "seen", term: "term", holders: "on disk at", committed: "committed",
    sizeOf: (bytes: number) => `${count(bytes)} bytes`,
    of: (n: number, all: number) => `${n} of ${all}`,
    toKey: "Show this key",
    whySafe: "Why it is safe",
    whyNotYet: "Why it is not safe yet",
    safe: "A majority has it on disk and the leader has counted them. Whoever leads next must hold it, because each vote of a majority asks for a log at least this long.",
    notYet: (n: number, majority: number) =>
      `It is on disk at ${n} of the ${majority} members that a majority takes. Until it is committed, a new leader may overwrite it.`,
    lost: "A leader of a later term overwrote it. It was never committed, so nobody was told that it was done.",
    gone: "No member shows this entry any more: it is older than what the window keeps.",
    list: (host: string) => `Entries of ${host}`,
    columns: { index: "index", kind: "kind", key: "key", size: "size", holders: "on disk at", seen: "seen" },
    /** seen: before this window looked */
    earlier: "earlier",
    jumpLabel: "Index",
    jumpGo: "Jump",
    jumpHint: (from: number, to: number) => `${count(from)} to ${count(to)}`,
  },
  keys: {
    count: (n: number) => plural(n, "key"),
    revision: (n: number) => `revision ${count(n)}`,
    put: "Put key",
    filter: "Filter keys",
    tree: "Prefixes",
    table: "Keys",
    all: "All keys",
    columns: { key: "key", size: "size", version: "version", revision: "revision", lease: "lease" },
    empty: "No keys here",
    emptyHint: "The store is empty below this prefix. Write one here or in the terminal:",
    emptyCommand: "etcdctl put key1 value1",
    nothing: (filter: string) => `Nothing contains "${filter}".`,
    searched: (n: number, all: number) => `${count(n)} of ${count(all)} searched`,
    loading: "Reading keys.",
    failed: "The keys could not be read.",
    failedHint: "Keys are read through the cluster; they come back when it serves. What is shown may be old.",
    historyFailed: "The history could not be read.",
    again: "Try again",
    moreBelow: (n: number) => `${count(n)} more below`,
    moreHere: "more here",
    value: "Value", history: "History", format: "Format", text: "Text", json: "JSON", hex: "Hex",
    created: "created", modified: "modified", version: "version", lease: "lease", size: "size",
    edit: "Edit", remove: "Delete", deleted: "deleted", gone: "This key is gone.", goneHint: "It was deleted; its history stays until compaction.",
    at: (revision: number) => `at ${count(revision)}`,
    diff: (revision: number, before: number | null) => (before === null ? `first value, at ${count(revision)}` : `${count(before)} to ${count(revision)}`),
    compacted: (revision: number) => `Older revisions were compacted away at ${count(revision)}.`,
    truncated: (shown: number, all: number) => `The first ${count(shown)} of ${count(all)} bytes.`,
    putTitle: "Put a key", editTitle: "Put a new value", keyLabel: "Key", valueLabel: "Value", putGo: "Put", putHint: "Written through the leader, as etcdctl put does.",
    deleteTitle: "Delete this key?", deleteBody: (key: string) => `${key} is deleted through the leader. Its earlier revisions can be read until compaction.`, deleteGo: "Delete",
    notText: "not text", binaryEdit: "This value is not text; putting here replaces it.",
    missingKey: "A key is needed.",
    openPrefix: "Open", closePrefix: "Close",
  },
  timeline: {
    events: (n: number) => plural(n, "event"),
    shown: (n: number, all: number) => `${count(n)} of ${plural(all, "event")}`,
    filter: "Filter events",
    hosts: "Members", allHosts: "All", lab: "lab", kinds: "Kinds",
    kindNames: {
      election: "elections", leader: "leaders", process: "processes", fault: "faults", snapshot: "snapshots", membership: "membership", alarm: "alarms",
      command: "commands", storage: "storage", service: "services", note: "notes",
    } satisfies Record<TimelineEvent["kind"], string>,
    empty: "Nothing has happened yet",
    emptyHint: "Elections, faults, snapshots and commands appear here, with the member they happened on. Try:",
    emptyCommand: "systemctl restart etcd",
    nothing: "No event passes this filter.",
    clear: "Clear the filter",
    newest: "Newest",
    event: "Event",
  },
  terminal: {
    label: "Terminals", title: "Terminal", hide: "Hide the terminal", show: "Show the terminal", search: "Search", searchLabel: "Search in this terminal",
    next: "Next match", previous: "Previous match", closeSearch: "Close search",
    tab: (host: string, state: string) => `${host}, ${state}`,
    pane: (host: string) => `Terminal of ${host}`,
    ended: (code: number) => `The shell ended with code ${code}. Press Enter for a new one.`,
    fresh: "The earlier shell ended with its host; this is a new one.",
    failed: (why: string) => `No shell: ${why} Press Enter to try again.`,
    offline: "Not connected. The shell comes back with the lab.",
    noHosts: "A terminal for each host appears here with the first member.",
    resize: "Height of the terminal", copy: "Copy", paste: "Paste",
    copied: "Copied.",
  },
  side: { resize: "Width of the inspector" },
  palette: { label: "Find or do anything", placeholder: "Find or do anything", nothing: "Nothing is called that.", hint: "Enter does it, Escape closes" },
  dialog: { close: "Close", cancel: "Cancel" },
  link: {
    delayTitle: (from: string, to: string) => `Delay ${from} to ${to}`, lossTitle: (from: string, to: string) => `Lose messages, ${from} to ${to}`,
    delayLabel: "Delay in ms", lossLabel: "Share lost in %", both: "Both directions", go: "Apply",
    delayHint: "Each message of this direction waits this long. A delay near the election timeout unseats leaders.",
    lossHint: "Each message of this direction is lost with this chance. Raft sends again; appends get slower.",
  },
  disk: { title: (host: string) => `Slow the disk of ${host}`, label: "Added to each fsync, in ms", hint: "An append counts only after its fsync. A slow follower lags; a slow leader slows every write." },
  settings: {
    title: "Settings", theme: "Theme", system: "System", light: "Light", dark: "Dark", motion: "Messages", motionOn: "Moving", motionOff: "Still",
    terminalSize: "Terminal type", labName: "Lab", folder: "Folder", version: "Version", started: "Started",
  },
  shortcuts: {
    title: "Keyboard shortcuts",
    rows: [
      ["Ctrl K, F1", "Find or do anything (F1 also inside a terminal)"],
      ["1 2 3 4", "Cluster, Log, Keys, Timeline"],
      ["H", "Heal every fault"],
      ["Ctrl `", "Show or hide the terminal"],
      ["Ctrl Shift F", "Search in the terminal"],
      ["Ctrl Shift C / V", "Copy and paste in the terminal"],
      ["Arrow keys", "Move between members, entries, keys and events"],
      ["Enter", "Show the selected thing"],
      ["Shift F10", "Menu of the selected member"],
      ["Escape", "Close, or clear the selection"],
      ["?", "This list"],
    ],
  },
  banner: { away: "Not connected.", awayRest: (when: string) => `This is how it was at ${when}. Nothing here is live until the lab answers again.` },
  notices: { label: "Messages", dismiss: "Dismiss", failed: (what: string, why: string) => `${what}: ${why}` },
  errors: { disconnected: "not connected to the lab", timeout: "the lab did not answer within 30 s" },
  /** What a moving mark says; "" for those that come too often for words. */
  message(mark: MessageMark): string {
    switch (mark.type) {
      case "MsgApp":
        if (mark.entries === 0) return "";
        return mark.entries === 1 ? `append ${mark.index + 1}` : `append ${mark.index + 1} to ${mark.index + mark.entries}`;
      case "MsgAppResp":
        return mark.reject ? `refused ${mark.index}` : `ok ${mark.index}`;
      case "MsgPreVote":
        return "would you vote?";
      case "MsgVote":
        return `vote, term ${mark.term}?`;
      case "MsgPreVoteResp":
      case "MsgVoteResp":
        return mark.reject ? "no" : "yes";
      case "MsgSnap":
        return `snapshot ${mark.index}`;
      case "MsgTimeoutNow":
        return "stand now";
      default:
        return "";
    }
  },
  fsync: (ms: number) => milliseconds(ms),
} as const;
