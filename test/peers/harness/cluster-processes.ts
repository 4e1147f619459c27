/** Several members as processes, with a folder that goes away with them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemberProcess } from "./member-process.ts";
import { freePorts } from "./ports.ts";
import { etcdctl } from "./programs.ts";

export class ClusterProcesses {
  readonly members: MemberProcess[] = [];

  private constructor(
    readonly folder: string,
    private readonly lab: boolean,
  ) {}

  /** @param lab its members have channels to this process */
  static async create(lab = false): Promise<ClusterProcesses> {
    return new ClusterProcesses(await mkdtemp(join(tmpdir(), "quorum-lab-cluster-")), lab);
  }

  async add(name: string, kind: { readonly real?: boolean; readonly lab?: boolean } = {}): Promise<MemberProcess> {
    const [clientPort, peerPort] = await freePorts(2);
    const member = new MemberProcess({ name, folder: this.folder, clientPort: clientPort!, peerPort: peerPort!, ...kind });
    this.members.push(member);
    return member;
  }

  /** Plans and starts a new cluster: ours and real members with the same call. @param kinds true: a real etcd */
  async startNew(kinds: readonly boolean[], extra: readonly string[] = []): Promise<void> {
    for (const [at, real] of kinds.entries()) await this.add(`m${at + 1}`, { real, lab: this.lab });
    await Promise.all(this.members.map((member) => member.start(this.initialCluster, "new", extra)));
    await Promise.all(this.members.map((member) => member.ready()));
  }

  get initialCluster(): string {
    return this.members.map((member) => `${member.plan.name}=${member.peerUrl}`).join(",");
  }

  get endpoints(): string[] {
    return this.members.filter(({ running }) => running).map(({ clientUrl }) => clientUrl);
  }

  /** The member that leads, as the members say themselves. */
  async leader(timeoutMs = 60_000): Promise<MemberProcess> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      for (const member of this.members.filter(({ running }) => running)) {
        const { code, stdout } = await etcdctl([member.clientUrl], "endpoint", "status", "-w", "fields");
        if (code !== 0) continue;
        const id = /"MemberID" : (\d+)/.exec(stdout)?.[1];
        if (id !== undefined && id === /"Leader" : (\d+)/.exec(stdout)?.[1]) return member;
      }
      if (Date.now() > deadline) throw new Error(`no leader:\n${this.members.map(({ output }) => output).join("\n\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends all processes and removes their files. */
  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
