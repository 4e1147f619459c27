import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { runLines, smallWorld } from "../testing/small-world.ts";
import { readOptions } from "./options.ts";

const world = smallWorld();
afterAll(() => world.remove());

describe("systemctl and service", () => {
  it("stop, start and tell", async () => {
    const ran = await runLines(
      world,
      "systemctl stop etcd; systemctl is-active etcd; echo $?",
      "service etcd start; systemctl is-active etcd kube-apiserver",
      "systemctl status etcd | head -1",
    );
    expect(ran.out).toBe("inactive\n3\nactive\nactive\n● etcd.service - etcd.service\n");
  });
  it("use systemd's words and codes for what is not there", async () => {
    const ran = await runLines(world, "systemctl start docker; echo $?", "systemctl status docker; echo $?", "systemctl bogus etcd; echo $?", "service docker start; echo $?");
    expect(ran.out).toBe("5\n4\n1\n5\n");
    expect(ran.err).toBe(
      "Failed to start docker.service: Unit docker.service not found.\nUnit docker.service could not be found.\n" +
        "Unknown command verb 'bogus'.\nFailed to start docker.service: Unit docker.service not found.\n",
    );
  });
});

describe("journalctl", () => {
  it("shows a unit's last lines", async () => {
    for (const text of ["one", "two", "three"]) world.log("m1", "etcd.service", text);
    world.log("m1", "kube-apiserver.service", "other");
    const ran = await runLines(world, "journalctl -u etcd -n 2", "journalctl -u etcd --since '1 hour ago' -q", "journalctl -u etcd | wc -l");
    expect(ran.out.replace(/ +/g, " ")).toBe("Jan 02 03:04:05 m1 etcd[100]: two\nJan 02 03:04:05 m1 etcd[100]: three\n3\n".replace(/ +/g, " "));
  });
});

describe("between hosts", () => {
  it("ssh runs a command there and gives its code", async () => {
    const ran = await runLines(world, "ssh root@m2 'hostname; exit 4'; echo $?", "ssh m9; echo $?", "x=$(ssh host3 hostname); echo $x");
    expect(ran.out).toBe("m2\n4\n255\nm3\n");
    expect(ran.err).toBe("ssh: Could not resolve hostname m9: Name or service not known\n");
  });
  it("a script goes there and comes back", async () => {
    expect((await runLines(world, "ssh m2", "hostname", "exit", "hostname")).out).toBe("m2\nm1\n");
  });
  it("kubectl exec runs on the pod's host", async () => {
    const ran = await runLines(world, "kubectl exec etcd-m2 -n kube-system -- hostname", "kubectl exec nosuch -n kube-system -- ls; echo $?", "kubectl get pods; echo $?");
    expect(ran.out).toBe("m2\n1\n1\n");
    expect(ran.err).toContain('pods "nosuch" not found');
    expect(ran.err).toContain("was refused");
  });
});

describe("processes", () => {
  it("are listed and signalled by id and by name", async () => {
    const own = smallWorld();
    const ran = await runLines(own, "ps aux | grep etcd | wc -l", "pgrep etcd", "kill -9 100", "pkill -STOP etcd", "kill 4242; echo $?", "kill -9 $(pgrep etcd)");
    expect(ran.out.replace(/ /g, "")).toBe("1\n100\n1\n");
    expect(ran.err).toContain("(4242) - No such process");
    expect(own.calls).toEqual(["signal 100 SIGKILL", "signal 100 SIGSTOP", "signal 4242 SIGTERM", "signal 100 SIGKILL"]);
    own.remove();
  });
});

describe("ls", () => {
  it("shows what files are: modes, sizes, links, hidden ones", async () => {
    const own = smallWorld();
    const ran = await runLines(
      own,
      "mkdir d; echo abc > d/f; chmod 600 d/f; ln -s f d/link; touch d/.hidden",
      "ls -l d | cut -d' ' -f1,2,3,4,5,9-",
      "ls -a d; ls -d d /root; ls d nosuch; echo $?",
      "ls -F /root",
      "ls /usr/bin | grep -c etcdctl",
    );
    expect(ran.out).toBe(
      "total 8\n-rw------- 1 root root 4 f\nlrwxrwxrwx 1 root root 1 link -> f\n.\n..\n.hidden\nf\nlink\n/root\nd\nd:\nf\nlink\n2\nd/\netcdctl*\n1\n",
    );
    expect(ran.err).toBe("ls: cannot access 'nosuch': No such file or directory\n");
    own.remove();
  });
});

describe("curl", () => {
  it("reaches the hosts of the lab and nothing else", async () => {
    const server = createServer((request, response) => response.end(`${request.method} ${request.url}`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ran = await runLines(world, `curl -s http://127.0.0.1:${port}/health; echo`, "curl -s http://example.org/; echo $?", "curl -s http://127.0.0.1:1/ > /dev/null; echo $?");
    server.close();
    expect(ran.out.split("\n")[0]).toBe("GET /health");
    expect(ran.out.split("\n").slice(1, 3)).not.toContain("0");
  });
});

describe("step", () => {
  it("stops raft, lets its messages go or loses them, and moves its clocks", async () => {
    const ran = await runLines(world, "step on", "step list", "step go m1/1", "step drop all", "step timer m2", "step ticks 10", "step ticks 3 m1", "step off");
    expect(ran.out).toBe(
      "raft's clocks stand still, its messages wait\nm1/1\tm1 to m2: MsgApp\n1 message let go\n1 message lost\nthe timer of m2 fires\nevery member: 10 ticks\nm1: 3 ticks\nraft runs by itself\n",
    );
    expect(world.calls).toEqual(expect.arrayContaining(["step true", "delivered m1/1", "dropped m1/1", "ticks m2 0", "ticks  10", "ticks m1 3", "step false"]));
  });
  it("says what it wants", async () => {
    const ran = await runLines(world, "step ticks", "step timer m9", "step go; echo $?");
    expect(ran.err).toContain("step: how many ticks? 1 to 100\nstep: no host m9 here: m1, m2, m3\nstep: raft by hand\n");
    expect(ran.out).toBe("2\n");
  });
});

describe("fault", () => {
  it("slows raft down, and sets it back to real time", async () => {
    const ran = await runLines(world, "fault slow-motion 20", "fault slow-motion 1", "fault slow-motion");
    expect(ran.out).toBe("raft goes 20 times slower\nraft goes at real time\n");
    expect(ran.err).toBe("fault: how many times slower?\n");
    expect(world.calls.filter((call) => call.startsWith("pace"))).toEqual(["pace 20", "pace 1"]);
  });
  it("breaks links both ways, lists, undoes and heals", async () => {
    const ran = await runLines(world, "fault cut m1 m2", "fault loss m1 m3 10 --one-way", "fault undo 'cut:m1>m2'", "fault heal", "fault list", "fault cut m1 m9; echo $?", "fault slow-disk m1; echo $?");
    expect(ran.out).toBe(
      "m1 to m2: cut 0\nm2 to m1: cut 0\nm1 to m3: loss 0.1\ncut:m2>m1\tm2 to m1: cut 0\nloss:m1>m3\tm1 to m3: loss 0.1\n" +
        "all faults are healed\nnothing is broken\n1\n1\n",
    );
    expect(ran.err).toBe("fault: no host m9 here: m1, m2, m3\nfault: how many milliseconds?\n");
  });
  it("splits the cluster, skews clocks, and hurts files where it is told to", async () => {
    const ran = await runLines(
      world, "fault partition m2 m3", "fault skew-clock m1 -90", "fault flip-bit m1 member/snap/db --at end --bit 3", "fault flip-bit --at 4096 m1 member/snap/db",
      "fault torn-write m2", "fault delete-data m3", "fault heal",
    );
    expect(ran.err).toBe("fault: no host --at here: m1, m2, m3\n");
    expect(ran.out).toBe(
      "m2, m3 on one side, m1 on the other\nthe clock of m1 is 90 s behind\nm1: member/snap/db end 0 3\nm2: torn-write\nm3: data-deleted\nall faults are healed\n",
    );
  });
  it("asks for what is missing", async () => {
    const ran = await runLines(world, "fault partition", "fault skew-clock m1", "fault flip-bit m1", "fault flip-bit m1 f --at here", "fault flip-bit m1 f --bit 8", "fault flip-bit m1 f g");
    expect(ran.err.split("\n")).toEqual([
      "fault: which host? One of m1, m2, m3", "fault: how many seconds?", "fault: which file? One below the data-dir, such as member/snap/db",
      "fault: which byte? start, middle, end or its number", "fault: which bit? 0 to 7", "fault: what is g?", "",
    ]);
  });
});

describe("options", () => {
  const table = { valued: { "--lines": ["-n"] }, plain: { "--follow": ["-f"], "--tty": ["-t"], "--stdin": ["-i"] } };
  it("come long, short, joined and grouped", () => {
    for (const argv of [["-n", "5"], ["-n5"], ["--lines=5"], ["--lines", "5"]]) expect(readOptions(argv, table).value("--lines")).toBe("5");
    const grouped = readOptions(["-it", "pod", "--", "-f"], table);
    expect([grouped.has("--stdin"), grouped.has("--tty"), grouped.has("--follow"), grouped.words]).toEqual([true, true, false, ["pod", "-f"]]);
  });
  it("end where a command begins, and tell what they do not know", () => {
    expect(readOptions(["-t", "pod", "ls", "-la"], table, 2).words).toEqual(["pod", "ls", "-la"]);
    expect(readOptions(["--bogus"], table).unknown).toBe("--bogus");
    expect(readOptions(["-n"], table).incomplete).toBe("-n");
  });
});
