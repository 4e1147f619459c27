/** The debrief of a drill as a page: Markdown, or HTML that needs nothing else. Pure. JSON is the report itself. */
import type { Report, TimelineLine } from "./report.ts";

/** "+01:23.4" after the start. */
function offset(at: number, start: number): string {
  const ms = Math.max(0, at - start);
  const minutes = Math.floor(ms / 60_000);
  return `+${String(minutes).padStart(2, "0")}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, "0")}`;
}

function duration(ms: number): string {
  return ms >= 60_000 ? `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s` : `${(ms / 1000).toFixed(1)} s`;
}

function rows(report: Report): readonly (readonly [string, string])[] {
  const { rpo, rto } = report;
  return [
    ["Result", `${report.passed ? "passed" : "not passed"}, ${report.points} of 100 points`],
    ["Time", duration(report.endedAt - report.startedAt)],
    ["Acknowledged writes lost (RPO)", rpo === undefined ? "no workload" : rpo.known ? `${rpo.lost} of ${rpo.acknowledged}` : `not known: nobody could be asked for the ${rpo.acknowledged}`],
    ["Time without service (RTO)", rto === undefined ? "no workload" : `${duration(rto.longestMs)} at the longest, ${duration(rto.totalMs)} in all`],
    ["Commands", String(report.commands.length)],
    ["Dangerous acts", String(report.dangers.filter((danger) => danger.counts).length)],
    ["Hints", String(report.hints.length)],
    ["Seed", String(report.seed)],
  ];
}

const MARKS: Readonly<Record<TimelineLine["kind"], string>> = { command: "$", check: "✓", danger: "!", hint: "?", outage: "×", lab: "·", drill: "–" };

function lostNames(names: readonly string[], lost: number): string {
  if (names.length === 0) return "";
  return `Lost: ${names.slice(0, 20).join(", ")}${lost > 20 ? ` and ${lost - 20} more` : ""}.`;
}

export function toMarkdown(report: Report): string {
  const out = [`# ${report.title}`, "", `Drill \`${report.drill}\`, ${report.passed ? "passed" : "not passed"}.`, "", "| | |", "|---|---|"];
  for (const [name, value] of rows(report)) out.push(`| ${name} | ${value} |`);
  out.push("", ...report.account.map((line) => `- ${line}`), "", "## Checks", "");
  for (const check of report.checks) out.push(`- [${check.passed ? "x" : " "}] ${check.name}: ${check.reason}`);
  const lost = report.rpo === undefined ? "" : lostNames(report.rpo.names, report.rpo.lost);
  if (lost !== "") out.push("", lost);
  if (report.dangers.length > 0) {
    out.push("", "## Dangerous acts", "");
    for (const danger of report.dangers) out.push(`- ${offset(danger.at, report.startedAt)} ${danger.text}.${danger.counts ? "" : " It belongs to this task."} ${danger.words}`);
  }
  out.push("", "## What happened", "", "```");
  for (const line of report.timeline) out.push(`${offset(line.at, report.startedAt)} ${MARKS[line.kind]} ${line.host === "" ? "" : `${line.host}: `}${line.text.replaceAll("\n", "\n         ")}`);
  out.push("```", "", "## Debrief", "", report.debrief, "", "Ways that tempt, and what they cost:", "");
  for (const way of report.wrongWays) out.push(`- ${way.title}. ${way.costs}`);
  out.push("", ...report.links.map((link) => `- ${link}`), "");
  return out.join("\n");
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Paragraphs, `code` and bare links of the small Markdown that drills are written in. */
function prose(text: string): string {
  const inline = (line: string): string =>
    escape(line)
      .replace(/`([^`]+)`/g, "<code>$1</code>")
      .replace(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
      .replace(/https?:\/\/[^\s)&]+/g, '<a href="$&">$&</a>');
  return text
    .split(/\n{2,}/)
    .map((part) => {
      if (part.startsWith("```")) return `<pre>${escape(part.replace(/^```.*\n?|\n?```$/g, ""))}</pre>`;
      if (/^[-*] /.test(part)) return `<ul>${part.split(/^[-*] /m).slice(1).map((item) => `<li>${inline(item.trim())}</li>`).join("")}</ul>`;
      return `<p>${inline(part)}</p>`;
    })
    .join("\n");
}

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem 0;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}
code,pre,.line{font-family:ui-monospace,monospace;font-size:13px}pre{overflow:auto}.line td{padding:.1rem .8rem .1rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.danger{font-weight:700}`;

export function toHtml(report: Report): string {
  const check = report.checks.map((one) => `<tr><td>${one.passed ? "✓ green" : "○ open"}</td><td>${escape(one.name)}</td><td>${escape(one.reason)}</td></tr>`).join("\n");
  const timeline = report.timeline
    .map((one) => `<tr class="line ${one.kind}"><td>${offset(one.at, report.startedAt)}</td><td>${one.kind}</td><td>${escape(one.host)}</td><td>${escape(one.text)}</td></tr>`)
    .join("\n");
  const dangers = report.dangers.map((one) => `<li><b>${escape(one.text)}.</b> ${one.counts ? "" : "It belongs to this task. "}${escape(one.words)}</li>`).join("");
  const lost = report.rpo === undefined ? "" : lostNames(report.rpo.names, report.rpo.lost);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(report.title)}</title><style>${STYLE}</style>
<h1>${escape(report.title)}</h1>
<table>${rows(report).map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`).join("")}</table>
<ul>${report.account.map((line) => `<li>${escape(line)}</li>`).join("")}</ul>
<h2>Checks</h2><table>${check}</table>${lost === "" ? "" : `<p>${escape(lost)}</p>`}
${dangers === "" ? "" : `<h2>Dangerous acts</h2><ul>${dangers}</ul>`}
<h2>What happened</h2><table>${timeline}</table>
<h2>Debrief</h2>
${prose(report.debrief)}
<p>Ways that tempt, and what they cost:</p><ul>${report.wrongWays.map((way) => `<li>${escape(way.title)}. ${escape(way.costs)}</li>`).join("")}</ul>
${prose(report.links.map((link) => `- ${link}`).join("\n"))}
</html>
`;
}
