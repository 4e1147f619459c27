/** What terminals know of the lab's names, and where a name in their output leads. */
import { base64OfText } from "../derive/bytes.ts";
import type { KeysStore } from "../state/keys.svelte.ts";
import type { LabStore } from "../state/lab.svelte.ts";
import type { Preferences } from "../state/preferences.svelte.ts";
import type { Screen } from "../state/screen.svelte.ts";
import type { KnownNames, NamedThing } from "./links-in-line.ts";

export interface LinkDesk extends KnownNames {
  follow(thing: NamedThing): void;
}

export function linkDesk(lab: LabStore, keys: KeysStore, preferences: Preferences, screen: Screen): LinkDesk {
  return {
    hostOf(word) {
      const low = word.toLowerCase();
      return lab.members.find(({ host, id, clientUrl }) => low === host || (id !== "" && low === id) || low === clientUrl || `http://${low}` === clientUrl)?.host;
    },
    isKey(word) {
      if (word.length > 1 && keys.rows.some((row) => row.name === word)) return true;
      return lab.state?.logs.some((log) => log.entries.some((entry) => entry.key === word)) ?? false;
    },
    follow({ kind, value }) {
      switch (kind) {
        case "member":
          preferences.set("view", "cluster");
          screen.selection = { kind: "member", host: value };
          return;
        case "key":
          preferences.set("view", "keys");
          screen.selection = { kind: "key", key: base64OfText(value) };
          return;
        case "revision":
          preferences.set("view", "keys");
          keys.lookAt(Number(value));
          return;
        case "index":
          preferences.set("view", "log");
          screen.jumpTo(Number(value));
          return;
      }
    },
  };
}
