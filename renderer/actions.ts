/** Everything that can be done, once: menus, buttons, keys and the palette all take it from here. */
import type { ActiveFault, MemberView } from "../core/lab/contract/state.ts";
import { act, offlineOr } from "./act.ts";
import { sidesOf } from "./derive/partition.ts";
import { damageActions } from "./fault-actions.ts";
import { paneActions } from "./pane-actions.ts";
import { labActions } from "./lab-actions.ts";
import { rewindActions } from "./rewind/actions.ts";
import { lab, preferences, screen, terminals } from "./state/app.ts";
import { views } from "./state/preferences.svelte.ts";
import type { View } from "./state/preferences.svelte.ts";
import type { Action, DialogRequest } from "./state/screen.svelte.ts";
import { text } from "./text.ts";

const t = text.actions;

export function healAction(): Action {
  return {
    id: "heal",
    label: t.heal,
    keys: "H",
    icon: "heal",
    blocked: offlineOr(lab.faults.length === 0 ? t.noFaults : ""),
    run: () => act(t.heal, "fault.heal", {}),
  };
}

export function stepAction(): Action {
  const { stepping } = lab.mail;
  return {
    id: "step",
    label: stepping ? t.stepOff : t.stepOn,
    icon: "step",
    blocked: offlineOr(lab.members.length === 0 ? text.cluster.none : ""),
    run: () => {
      if (!stepping) preferences.set("view", "cluster");
      act(stepping ? t.stepOff : t.stepOn, "step.set", { on: !stepping });
    },
  };
}

export function undoFault(fault: ActiveFault): void {
  act(text.faults.undoOf(fault.text), "fault.undo", { id: fault.id });
}

function cutsOf(host: string): readonly ActiveFault[] {
  return lab.faults.filter((fault) => fault.kind === "cut" && (fault.host === host || fault.to === host));
}

/** The three that are at hand beside a member, then the rest. */
export function memberActions(member: MemberView): Action[] {
  const host = member.host;
  const runs = member.process === "running" || member.process === "starting";
  const paused = member.process === "paused";
  const off = offlineOr(runs || paused ? "" : t.deadAlready);
  const cuts = cutsOf(host);
  const others = lab.members.filter((other) => other.host !== host);
  const sides = sidesOf(lab.members.map((one) => one.host), cuts.length === 0 ? [] : lab.faults);
  const isolated = others.length > 0 && (cuts.length >= others.length * 2 || (sides.length > 1 && sides[0]?.includes(host) !== true));
  const down = !runs && !paused;
  return [
    down
      ? { id: `start-${host}`, label: t.startOf(host), short: t.start, icon: "play", blocked: offlineOr(""), run: () => act(t.startOf(host), "member.start", { host }) }
      : { id: `kill-${host}`, label: t.killOf(host), short: t.kill, icon: "kill", tone: "bad", blocked: off, run: () => act(t.killOf(host), "member.kill", { host }) },
    paused
      ? { id: `resume-${host}`, label: t.resumeOf(host), short: t.resume, icon: "play", blocked: off, run: () => act(t.resumeOf(host), "member.resume", { host }) }
      : { id: `pause-${host}`, label: t.pauseOf(host), short: t.pause, icon: "pause", blocked: off || (member.impossible?.paused ?? ""), run: () => act(t.pauseOf(host), "member.pause", { host }) },
    isolated
      ? { id: `join-${host}`, label: t.joinOf(host), short: t.joinOf(host), keys: "I", icon: "heal", blocked: offlineOr(""), run: () => cuts.forEach(undoFault) }
      : {
          id: `isolate-${host}`,
          label: t.isolateOf(host),
          short: t.isolate,
          keys: "I",
          icon: "isolate",
          blocked: offlineOr(others.length === 0 ? text.cluster.none : ""),
          run: () => act(t.isolateOf(host), "fault.isolate", { host }),
        },
    { id: `stop-${host}`, label: t.stopOf(host), short: t.stop, icon: "stop", blocked: off, separated: true, run: () => act(t.stopOf(host), "member.stop", { host }) },
    { id: `restart-${host}`, label: t.restartOf(host), short: t.restart, icon: "restart", blocked: offlineOr(""), run: () => act(t.restartOf(host), "member.restart", { host }) },
    ...damageActions(member),
  ];
}

/** What a member's menu has beside what is done to it. */
export function memberMenu(member: MemberView): Action[] {
  const host = member.host;
  return [
    ...memberActions(member),
    { id: `show-${host}`, label: t.inspect(host), icon: "info", separated: true, run: () => (screen.selection = { kind: "member", host }) },
    { id: `page-${host}`, label: t.page(host), icon: "members", run: () => openMemberPage(host) },
    { id: `terminal-${host}`, label: t.terminal(host), icon: "terminal", run: () => terminals.show(host) },
    {
      id: `copy-${host}`,
      label: t.copyUrl(host),
      icon: "copy",
      run: () => {
        navigator.clipboard.writeText(member.clientUrl).then(
          () => screen.notice(text.terminal.copied, "plain"),
          (error: unknown) => screen.notice(text.notices.failed(t.copyUrl(host), String(error))),
        );
      },
    },
  ];
}

/** All that can be broken on a member, in a window. */
export function breakAction(): Action {
  const host = screen.selection?.kind === "member" ? screen.selection.host : (lab.members[0]?.host ?? "");
  return { id: "break", label: t.breakSomething, keys: "B", icon: "fault", blocked: offlineOr(host === "" ? text.cluster.none : ""), run: () => (screen.dialog = { kind: "break", host }) };
}

export function faultOn(from: string, to: string, kind: ActiveFault["kind"]): ActiveFault | undefined {
  return lab.faults.find((fault) => fault.kind === kind && fault.host === from && fault.to === to);
}

/** One direction of one link. */
export function linkActions(from: string, to: string): Action[] {
  const cut = faultOn(from, to, "cut");
  const mends = lab.faults.filter((fault) => fault.host === from && fault.to === to);
  const cutOne = (a: string, b: string): void => act(t.cutOf(a, b), "fault.link", { from: a, to: b, kind: "cut", amount: 0 });
  const dialog = (fault: Extract<DialogRequest, { kind: "link" }>["fault"]) => (): void => {
    screen.dialog = { kind: "link", fault, from, to };
  };
  const blocked = offlineOr("");
  const actions: Action[] = [
    { id: `cut-${from}-${to}`, label: t.cutOf(from, to), short: t.cut, icon: "cut", blocked: offlineOr(cut === undefined ? "" : cut.text), run: () => cutOne(from, to) },
    { id: `delay-${from}-${to}`, label: t.delayOf(from, to), short: t.delay, icon: "clock", blocked, run: dialog("delay") },
    { id: `loss-${from}-${to}`, label: t.loseOf(from, to), short: t.lose, icon: "loss", blocked, run: dialog("loss") },
    { id: `duplicate-${from}-${to}`, label: t.duplicateOf(from, to), short: t.duplicate, icon: "copy", blocked, run: dialog("duplicate") },
    { id: `reorder-${from}-${to}`, label: t.reorderOf(from, to), short: t.reorder, icon: "reorder", blocked, run: dialog("reorder") },
    { id: `bandwidth-${from}-${to}`, label: t.narrowOf(from, to), short: t.narrow, icon: "narrow", blocked, run: dialog("bandwidth") },
  ];
  if (mends.length > 0) {
    actions.push({ id: `mend-${from}-${to}`, label: t.mendOf(from, to), short: t.mendOf(from, to), icon: "heal", separated: true, blocked: offlineOr(""), run: () => mends.forEach(undoFault) });
  }
  return actions;
}

/** Both directions, for the menu of a line between two members. */
export function pairMenu(a: string, b: string): Action[] {
  const back = linkActions(b, a).map((action, at) => (at === 0 ? { ...action, separated: true } : action));
  const both: Action = {
    id: `cut-both-${a}-${b}`,
    label: t.cutBoth(a, b),
    icon: "cut",
    separated: true,
    blocked: offlineOr(faultOn(a, b, "cut") !== undefined && faultOn(b, a, "cut") !== undefined ? text.cluster.legend.cut : ""),
    run: () => {
      for (const [from, to] of [[a, b], [b, a]] as const) act(t.cutOf(from, to), "fault.link", { from, to, kind: "cut", amount: 0 });
    },
  };
  return [...linkActions(a, b), ...back, both];
}

export function putAction(): Action {
  return { id: "put", label: t.put, icon: "plus", blocked: offlineOr(""), run: () => (screen.dialog = { kind: "put", key: "", value: "", editing: false, binary: false }) };
}

export function saveSnapshotAction(): Action {
  return { id: "save-snapshot", label: t.saveSnapshot, icon: "snapshot", blocked: offlineOr(lab.members.length === 0 ? text.cluster.none : ""), run: () => (screen.dialog = { kind: "save-snapshot" }) };
}

export function openMemberPage(host: string): void {
  preferences.set("memberHost", host);
  preferences.set("view", "members");
}

export function userAction(): Action {
  return { id: "user", label: t.user, icon: "user", blocked: offlineOr(""), run: () => (screen.dialog = { kind: "user" }) };
}

export function jumpAction(): Action {
  return { id: "jump", label: t.jump, icon: "jump", run: () => (screen.dialog = { kind: "jump" }) };
}

export function goAction(view: View): Action {
  return { id: `view-${view}`, label: t.go(text.views[view]), keys: String(views.indexOf(view) + 1), icon: view, run: () => preferences.set("view", view) };
}

/** Every action there is now, for the palette. */
export function allActions(): Action[] {
  const actions: Action[] = views.map(goAction);
  actions.push(healAction(), breakAction(), stepAction(), ...rewindActions());
  for (const member of lab.members) actions.push(...memberMenu(member));
  for (const from of lab.members) for (const to of lab.members) if (from !== to) actions.push(...linkActions(from.host, to.host));
  for (const [at, a] of lab.members.entries()) for (const b of lab.members.slice(at + 1)) actions.push(...pairMenu(a.host, b.host).slice(-1));
  actions.push(
    putAction(),
    saveSnapshotAction(),
    userAction(),
    jumpAction(),
    { id: "ring", label: t.ringLayout, icon: "cluster", run: () => (preferences.set("layout", "ring"), preferences.set("view", "cluster")) },
    { id: "rows", label: t.rowLayout, icon: "rows", run: () => (preferences.set("layout", "rows"), preferences.set("view", "cluster")) },
    { id: "dock", label: t.toggleTerminal, keys: "Ctrl `", icon: "terminal", run: () => terminals.toggle() },
    { id: "search-terminal", label: t.searchTerminal, keys: "Ctrl Shift F", icon: "search", run: () => terminals.openSearch() },
    ...paneActions(),
    { id: "theme-light", label: t.theme(text.settings.light), icon: "sun", run: () => preferences.set("theme", "light") },
    { id: "theme-dark", label: t.theme(text.settings.dark), icon: "moon", run: () => preferences.set("theme", "dark") },
    { id: "theme-system", label: t.theme(text.settings.system), icon: "settings", run: () => preferences.set("theme", "system") },
    ...labActions(),
    { id: "settings", label: t.settings, icon: "settings", run: () => (screen.dialog = { kind: "settings" }) },
    { id: "shortcuts", label: t.shortcuts, keys: "?", icon: "keyboard", run: () => (screen.dialog = { kind: "shortcuts" }) },
  );
  const seen = new Set<string>();
  return actions.filter((action) => !seen.has(action.id) && seen.add(action.id));
}

