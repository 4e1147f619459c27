/**
 * The tree of prefixes, opened level by level. A level is read by jumping from child to child (one small page each), so that
 * a prefix with a hundred thousand keys below costs as little as one with ten.
 */
import { base64OfText, textOf } from "../derive/bytes.ts";
import type { LabStore } from "./lab.svelte.ts";

export interface PrefixNode {
  /** the whole prefix as text, ending in "/"; "" for the root */
  readonly path: string;
  readonly label: string;
  readonly depth: number;
}

const PAGE = 200;
const JUMPS_MAX = 60;
const CHILDREN_MAX = 300;

/** The next part of a key below a prefix, up to and with its slash: of "/a/b" that is "/a/", then "b". null: nothing to open. */
function labelOf(name: string | null, path: string): string | null {
  const rest = name?.slice(path.length) ?? "";
  return /^\/*[^/]+\//.exec(rest)?.[0] ?? null;
}

interface Level {
  readonly children: readonly string[];
  readonly whole: boolean;
}

export class KeyTree {
  open = $state.raw<ReadonlySet<string>>(new Set([""]));
  readonly #levels = $state.raw<{ known: ReadonlyMap<string, Level> }>({ known: new Map() });
  #levelsVersion = $state(0);
  readonly #lab: LabStore;
  readonly #revision: () => number;

  /** @param revision as of which keys are shown; 0: now */
  constructor(lab: LabStore, revision: () => number) {
    this.#lab = lab;
    this.#revision = revision;
  }

  /** What is to be drawn, in order. */
  readonly nodes = $derived.by(() => {
    void this.#levelsVersion;
    const nodes: PrefixNode[] = [];
    const walk = (path: string, depth: number): void => {
      for (const label of this.#levels.known.get(path)?.children ?? []) {
        const child = path + label;
        nodes.push({ path: child, label, depth });
        if (this.open.has(child)) walk(child, depth + 1);
      }
    };
    walk("", 0);
    return nodes;
  });

  /** null until it was read; 0 says that there is nothing below to open */
  childCount(path: string): number | null {
    void this.#levelsVersion;
    return this.#levels.known.get(path)?.children.length ?? null;
  }

  isWhole(path: string): boolean {
    void this.#levelsVersion;
    return this.#levels.known.get(path)?.whole ?? true;
  }

  toggle(path: string): void {
    const open = new Set(this.open);
    if (open.has(path)) open.delete(path);
    else {
      open.add(path);
      void this.#read(path);
    }
    this.open = open;
  }

  /** Opens every level above a key. */
  reveal(key: string): void {
    const open = new Set(this.open);
    let path = "";
    for (let label = labelOf(key, path); label !== null; label = labelOf(key, path)) {
      path += label;
      open.add(path);
    }
    this.open = open;
    void this.refresh();
  }

  /** Reads every open level again. */
  async refresh(): Promise<void> {
    await Promise.all([...this.open].map((path) => this.#read(path)));
  }

  async #read(path: string): Promise<void> {
    const children: string[] = [];
    let after = "";
    let whole = true;
    try {
      for (let jump = 0; ; jump += 1) {
        const page = await this.#lab.call("keys.list", { prefix: base64OfText(path), after, limit: PAGE, revision: this.#revision() });
        for (const key of page.keys) {
          const label = labelOf(textOf(key.key), path);
          if (label === null) continue;
          if (children.at(-1) !== label) children.push(label);
        }
        const last = page.keys.at(-1);
        if (!page.more || last === undefined) break;
        if (jump >= JUMPS_MAX || children.length >= CHILDREN_MAX) {
          whole = false;
          break;
        }
        const lastName = textOf(last.key);
        const label = children.at(-1);
        // Past everything below the last child: no UTF-8 text holds the byte 0xff.
        const within = label !== undefined && lastName?.startsWith(path + label) === true;
        after = within ? btoa(atob(base64OfText(path + label)) + "\xff") : last.key;
      }
    } catch {
      // The table beside the tree says why keys cannot be read; the tree keeps what it had.
      return;
    }
    (this.#levels.known as Map<string, Level>).set(path, { children: [...new Set(children)], whole });
    this.#levelsVersion += 1;
  }
}
