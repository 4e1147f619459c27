/**
 * What depends on other objects when one is written (kubernetes plugin/pkg/admission, pkg/registry/core/service): the namespace must
 * be there and not be going, a service gets its address and ports.
 */
import type { KubeObject } from "../schema/index.ts";
import { ApiError, forbidden, internal, invalid, notFound } from "./api-error.ts";
import { type ClusterIps, freeNodePort } from "./cluster-ips.ts";
import { isMap, listAt, textAt } from "./kube-object.ts";
import { type ServedType, typeName } from "./served-type.ts";
import { part } from "./strategies.ts";
import type { Admission } from "./writes.ts";

export interface AdmissionWays {
  namespace(name: string): Promise<KubeObject | undefined>;
  services(): Promise<readonly KubeObject[]>;
  readonly ips: ClusterIps;
  readonly draw: () => number;
}

const NAMESPACES = { group: "", plural: "namespaces", kind: "Namespace" };
/** Those that cannot be deleted (NamespaceLifecycle). */
export const IMMORTAL: readonly string[] = ["default", "kube-system", "kube-public"];

export class StandardAdmission implements Admission {
  /** addresses are given out one service after the other */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly ways: AdmissionWays) {}

  async create(type: ServedType, object: KubeObject): Promise<void> {
    if (type.namespaced) await this.checkNamespace(type, object);
    if (typeName(type) === "services") await this.inTurn(() => this.giveAddress(type, object));
  }

  async update(type: ServedType, object: KubeObject, old: KubeObject): Promise<void> {
    if (typeName(type) !== "services" || textAt(object, "spec.type") === textAt(old, "spec.type")) return;
    await this.inTurn(() => this.giveAddress(type, object));
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    await mine;
  }

  private async checkNamespace(type: ServedType, object: KubeObject): Promise<void> {
    const name = object.metadata.namespace ?? "";
    const found = await this.ways.namespace(name);
    if (found === undefined) throw notFound(NAMESPACES, name);
    if (found.metadata.deletionTimestamp === undefined) return;
    const refusal = forbidden(type, object.metadata.name ?? "", `unable to create new content in namespace ${name} because it is being terminated`);
    throw new ApiError(refusal.code, refusal.reason, refusal.message, { ...refusal.details, causes: [{ reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" }] });
  }

  private async giveAddress(type: ServedType, service: KubeObject): Promise<void> {
    const spec = part(service, "spec");
    const kind = textAt(spec, "type") || "ClusterIP";
    if (kind === "ExternalName") return;
    const others = (await this.ways.services()).filter(({ metadata }) => metadata.uid !== service.metadata.uid);
    const asked = textAt(spec, "clusterIP");
    if (asked === "") {
      const address = this.ways.ips.free(new Set(others.map((one) => textAt(one, "spec.clusterIP"))), this.ways.draw);
      if (address === undefined) throw internal("failed to allocate a serviceIP: range is full");
      spec["clusterIP"] = address;
    } else if (asked !== "None") {
      const refuse = (why: string): never => {
        throw invalid(type, service.metadata.name ?? "", [{ reason: "FieldValueInvalid", message: `Invalid value: ["${asked}"]: ${why}`, field: "spec.clusterIPs" }]);
      };
      if (!this.ways.ips.has(asked)) refuse(`failed to allocate IP ${asked}: the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${this.ways.ips.range}`);
      if (others.some((one) => textAt(one, "spec.clusterIP") === asked)) refuse(`failed to allocate IP ${asked}: provided IP is already allocated`);
    }
    spec["clusterIPs"] = [spec["clusterIP"]];
    spec["ipFamilies"] ??= ["IPv4"];
    spec["ipFamilyPolicy"] ??= "SingleStack";
    spec["internalTrafficPolicy"] ??= "Cluster";
    if (kind === "NodePort" || kind === "LoadBalancer") this.givePorts(type, service, others);
    else for (const port of listAt(spec, "ports").filter(isMap)) delete port["nodePort"];
  }

  private givePorts(type: ServedType, service: KubeObject, others: readonly KubeObject[]): void {
    const taken = new Set(others.flatMap((one) => listAt(one, "spec.ports").filter(isMap)).map((port) => Number(port["nodePort"] ?? 0)));
    for (const port of listAt(service, "spec.ports").filter(isMap)) {
      const asked = Number(port["nodePort"] ?? 0);
      if (asked !== 0 && taken.has(asked)) throw invalid(type, service.metadata.name ?? "", [{ reason: "FieldValueInvalid", message: `Invalid value: ${asked}: provided port is already allocated`, field: "spec.ports[0].nodePort" }]);
      const given = asked !== 0 ? asked : freeNodePort(taken, this.ways.draw);
      if (given === undefined) throw internal("failed to allocate a nodePort: range is full");
      port["nodePort"] = given;
      taken.add(given);
    }
    part(service, "spec")["externalTrafficPolicy"] ??= "Cluster";
  }
}
