/** Addresses of services: a free one of --service-cluster-ip-range, and node ports (kubernetes pkg/registry/core/service). IPv4. */

const NODE_PORTS = { first: 30000, last: 32767 };

export class ClusterIps {
  private readonly base: number;
  private readonly size: number;

  /** @param range "10.96.0.0/12". @throws Error where it is no such range */
  constructor(readonly range: string) {
    const found = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
    const bytes = found?.slice(1, 5).map(Number) ?? [];
    const bits = Number(found?.[5] ?? -1);
    if (found === null || bytes.some((byte) => byte > 255) || bits < 8 || bits > 30) throw new Error(`invalid CIDR address: ${range}`);
    this.size = 2 ** (32 - bits);
    const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    this.base = address - (address % this.size);
  }

  /** The first address belongs to the service "kubernetes". */
  get first(): string {
    return this.text(1);
  }

  has(address: string): boolean {
    const bytes = address.split(".").map(Number);
    if (bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) return false;
    const offset = bytes.reduce((sum, byte) => sum * 256 + byte, 0) - this.base;
    return offset > 0 && offset < this.size - 1;
  }

  /** @param draw from 0 up to 1. @returns undefined where all are taken */
  free(taken: ReadonlySet<string>, draw: () => number): string | undefined {
    const count = this.size - 2;
    const start = Math.floor(draw() * count);
    for (let step = 0; step < Math.min(count, taken.size + 2); step++) {
      const address = this.text(1 + ((start + step) % count));
      if (!taken.has(address) && address !== this.first) return address;
    }
    return undefined;
  }

  private text(offset: number): string {
    const value = this.base + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
  }
}

/** @returns undefined where all are taken */
export function freeNodePort(taken: ReadonlySet<number>, draw: () => number): number | undefined {
  const count = NODE_PORTS.last - NODE_PORTS.first + 1;
  const start = Math.floor(draw() * count);
  for (let step = 0; step < count; step++) {
    const port = NODE_PORTS.first + ((start + step) % count);
    if (!taken.has(port)) return port;
  }
  return undefined;
}
