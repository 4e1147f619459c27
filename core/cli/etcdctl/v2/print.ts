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

function extendedText({ action, node, prevNode, index }: V2Response): string {
  const previous = prevNode === undefined ? "" : `PrevNode.Value: ${prevNode.value ?? ""}\n`;
  const value = action === "delete" ? "" : `\n${node.value ?? ""}\n`;
  return `Key: ${node.key ?? ""}\nCreated-Index: ${node.createdIndex ?? 0}\nModified-Index: ${node.modifiedIndex ?? 0}\n${previous}TTL: ${node.ttl ?? 0}\nIndex: ${index}\n${value}`;
}

/** The text of one answer; undefined for a format that there is not. */
export function printed(format: string, response: V2Response): string | undefined {
  if (format === "json") return jsonText(response);
  if (format === "extended") return extendedText(response);
  if (format !== "simple") return undefined;
  return response.action === "delete" ? `PrevNode.Value: ${response.prevNode?.value ?? ""}\n` : `${response.node.value ?? ""}\n`;
}
