/** Discovery: which groups, versions and resources there are (/api, /apis and below), plain and aggregated (apidiscovery.k8s.io/v2). */
import type { JsonMap } from "./kube-object.ts";
import { groupVersion, type ServedType } from "./served-type.ts";

/** As kube-apiserver of this version answers /version; the compiler that it names is ours. */
export const VERSION = {
  major: "1",
  minor: "32",
  gitVersion: "v1.32.4+quorum-lab",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2025-04-22T16:02:27Z",
  goVersion: `node${process.versions.node}`,
  compiler: "esbuild",
  platform: `${process.platform === "win32" ? "windows" : process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
};

function groups(types: readonly ServedType[]): Map<string, ServedType[]> {
  const found = new Map<string, ServedType[]>();
  for (const type of types) {
    const list = found.get(type.group) ?? [];
    list.push(type);
    found.set(type.group, list);
  }
  return found;
}

const versionsOf = (types: readonly ServedType[]): string[] => [...new Set(types.map(({ version }) => version))];

function apiGroup(name: string, types: readonly ServedType[]): JsonMap {
  const versions = versionsOf(types).map((version) => ({ groupVersion: groupVersion({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
}

export function coreVersions(address: string): JsonMap {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }] };
}

export function groupList(types: readonly ServedType[]): JsonMap {
  return { kind: "APIGroupList", apiVersion: "v1", groups: [...groups(types)].filter(([name]) => name !== "").map(([name, of]) => apiGroup(name, of)) };
}

/** undefined where there is no such group */
export function groupOf(types: readonly ServedType[], name: string): JsonMap | undefined {
  const of = groups(types).get(name);
  return of === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...apiGroup(name, of) };
}

/** undefined where there is no such version */
export function resourceList(types: readonly ServedType[], group: string, version: string): JsonMap | undefined {
  const of = types.filter((type) => type.group === group && type.version === version);
  if (of.length === 0) return undefined;
  const resources = of.flatMap((type) => [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
      ...(type.categories.length === 0 ? {} : { categories: type.categories }),
    },
    ...type.subresources.map((sub) => ({
      name: `${type.plural}/${sub.name}`,
      singularName: "",
      namespaced: type.namespaced,
      ...(sub.version === undefined ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: groupVersion({ group, version }), resources };
}

/** @param core the answer of /api rather than that of /apis */
export function aggregated(types: readonly ServedType[], core: boolean, apiVersion: string): JsonMap {
  const items = [...groups(types)]
    .filter(([name]) => (name === "") === core)
    .map(([name, of]) => ({
      metadata: { ...(name === "" ? {} : { name }), creationTimestamp: null },
      versions: versionsOf(of).map((version) => ({
        version,
        freshness: "Current",
        resources: of.filter((type) => type.version === version).map(aggregatedResource),
      })),
    }));
  return { kind: "APIGroupDiscoveryList", apiVersion, metadata: {}, items };
}

function aggregatedResource(type: ServedType): JsonMap {
  return {
    resource: type.plural,
    responseKind: { group: type.group, version: type.version, kind: type.kind },
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length === 0 ? {} : { shortNames: type.shortNames }),
    ...(type.categories.length === 0 ? {} : { categories: type.categories }),
    ...(type.subresources.length === 0
      ? {}
      : {
          subresources: type.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group ?? type.group, version: sub.version ?? type.version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        }),
  };
}
