/** v2 output: simple, extended and json, as 3.4's etcdctl prints them. */
import type { V2Node, V2Response } from "./http.ts";

/** The client's own form of a node: `nodes` always there, created before modified. */
function nodeJson(node: V2Node | undefined): unknown {
  if (node === undefined) return null;
  return {
    key: node.key ?? "",
    ...(node.dir === true ? { dir: true } : {}),
    value: node.value ?? "",
    nodes: node.nodes === undefined ? null : node.nodes.map(nodeJson),
    createdIndex: node.createdIndex ?? 0,
    modifiedIndex: node.modifiedIndex ?? 0,
    ...(node.ttl === undefined ? {} : { ttl: node.ttl }),
  };
}

function jsonText(response: V2Response): string {
  return `${JSON.stringify({ action: response.action, node: nodeJson(response.node), prevNode: nodeJson(response.prevNode) })}\n`;
}

function extendedText(response: V2Response, value: string): string {
  const { node, prevNode } = response;
  const previous = prevNode === undefined || prevNode.dir === true ? "" : `PrevNode.Value: ${prevNode.value ?? ""}\n`;
  return `Key: ${node.key ?? ""}\nCreated-Index: ${node.createdIndex ?? 0}\nModified-Index: ${node.modifiedIndex ?? 0}\n${previous}TTL: ${node.ttl ?? 0}\nIndex: ${response.index}\n${value === "" ? "" : `\n${value}\n`}`;
}

/** The text of one answer; `simple` makes the plain form. */
export function printed(format: string, response: V2Response, simple: () => string): string {
  if (format === "json") return jsonText(response);
  if (format === "extended") return extendedText(response, response.node.dir === true ? "" : (response.node.value ?? ""));
  return simple();
}
