/** The window's stores, one of each: made here, used everywhere. */
import { hostLink } from "../link/host-link.ts";
import { linkDesk } from "../terminal/link-desk.ts";
import { KeysStore } from "./keys.svelte.ts";
import { LabStore } from "./lab.svelte.ts";
import { LabsStore } from "./labs.svelte.ts";
import { Preferences } from "./preferences.svelte.ts";
import { MeterStore } from "./meters.svelte.ts";
import { RewindStore } from "./rewind.svelte.ts";
import { Screen } from "./screen.svelte.ts";
import { SnapshotsStore } from "./snapshots.svelte.ts";
import { Terminals } from "./terminals.svelte.ts";
import { WatchingStore } from "./watching.svelte.ts";

export const preferences = new Preferences();
export const screen = new Screen();
export const lab = new LabStore(hostLink());
export const labs = new LabsStore(lab);
export const keys = new KeysStore(lab);
export const snapshots = new SnapshotsStore(lab);
export const watching = new WatchingStore(lab);
export const meters = new MeterStore(lab);
export const terminals = new Terminals(lab, preferences, linkDesk(lab, keys, preferences, screen));
export const rewind = new RewindStore(lab, screen);
