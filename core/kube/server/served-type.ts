/** The resources that are served: the built-in ones, and those that CustomResourceDefinitions add. */
import { type KubeObject, RESOURCES, type ResourceType, type Subresource } from "../schema/index.ts";
import type { Subject } from "./api-error.ts";
import type { Kinds, KindSchema } from "./kinds.ts";
import { at, isMap, type JsonMap, listAt, textAt } from "./kube-object.ts";

export interface ServedType extends ResourceType {
  /** made by a CustomResourceDefinition, stored as JSON */
  readonly custom: boolean;
  readonly schema?: KindSchema;
  /** additionalPrinterColumns of a custom resource */
  readonly columns?: readonly JsonMap[];
}

export function groupVersion({ group, version }: Pick<ResourceType, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}

/** "pods", "deployments.apps" */
export function typeName({ group, plural }: Pick<Subject, "group" | "plural">): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** events.k8s.io keeps the same objects under other names of their fields; that form is not served. */
export const BUILT_IN: readonly ServedType[] = RESOURCES.filter(({ group }) => group !== "events.k8s.io").map((type) => ({ ...type, custom: false }));

const STORED = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const CHANGE = ["get", "patch", "update"];

/** What a CustomResourceDefinition that is established serves, one for each version; all versions have the same fields (conversion None). */
export function customTypes(crd: KubeObject, kinds: Pick<Kinds, "schemaOfCrd">): ServedType[] {
  const group = textAt(crd, "spec.group");
  const plural = textAt(crd, "spec.names.plural");
  const kind = textAt(crd, "spec.names.kind");
  return listAt(crd, "spec.versions")
    .filter((version): version is JsonMap => isMap(version) && version["served"] === true)
    .map((version) => {
      const subresources: Subresource[] = [];
      if (isMap(at(version, "subresources.scale"))) subresources.push({ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: CHANGE });
      if (isMap(at(version, "subresources.status"))) subresources.push({ name: "status", kind, verbs: CHANGE });
      const openapi = at(version, "schema.openAPIV3Schema");
      return {
        group,
        version: String(version["name"]),
        kind,
        listKind: textAt(crd, "spec.names.listKind") || `${kind}List`,
        plural,
        singular: textAt(crd, "spec.names.singular") || kind.toLowerCase(),
        shortNames: listAt(crd, "spec.names.shortNames").map(String),
        categories: listAt(crd, "spec.names.categories").map(String),
        namespaced: textAt(crd, "spec.scope") === "Namespaced",
        storagePrefix: `${group}/${plural}`,
        verbs: STORED,
        subresources,
        custom: true,
        schema: kinds.schemaOfCrd(isMap(openapi) ? openapi : undefined),
        columns: listAt(version, "additionalPrinterColumns").filter(isMap),
      };
    });
}

/** Fields by which objects can be selected, beside metadata.name and metadata.namespace (pkg/apis/<group>/v1/conversion.go). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName"],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
  "replicasets.apps": ["status.replicas"],
  events: [
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((field) => `involvedObject.${field}`),
    ...["reason", "reportingComponent", "source", "type"],
  ],
};

export function fieldsOf(type: ServedType): readonly string[] {
  return FIELDS[typeName(type)] ?? [];
}
