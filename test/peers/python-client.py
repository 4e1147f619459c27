"""What python3-etcd3 sees of a member: one step after the other, told as one JSON list. The argument is the client port."""

import io
import json
import sys
import time

import etcd3

client = etcd3.client(host="127.0.0.1", port=int(sys.argv[1]), timeout=20)
told = []


def tell(*what):
    told.append([repr(item) for item in what])


def pair(found):
    value, meta = found
    return (value, meta and meta.key, meta and meta.version)


def refused(work):
    try:
        work()
    except Exception as error:  # whatever it is, it is told
        return (type(error).__name__, error.details() if hasattr(error, "details") else str(error))
    return "not refused"


client.put("/p/a", "1")
client.put("/p/a", "2")
client.put("/p/b", b"\xff\x00")
tell(pair(client.get("/p/a")), pair(client.get("/p/none")), pair(client.get("/p/a", serializable=True)))
tell([pair(found) for found in client.get_prefix("/p/")])
tell([pair(found) for found in client.get_prefix("/p/", sort_order="descend", sort_target="key")])
tell([pair(found) for found in client.get_prefix("/p/", keys_only=True)], [pair(found) for found in client.get_range("/p/a", "/p/b")])
tell(client.put_if_not_exists("/p/new", "x"), client.put_if_not_exists("/p/new", "y"))
tell(client.replace("/p/new", "x", "z"), client.replace("/p/new", "x", "q"), client.put("/p/a", "3", prev_kv=True).prev_kv.value)
tell(client.delete("/p/new"), client.delete("/p/new"), client.delete_prefix("/p/zzz").deleted)

t = client.transactions
succeeded, answers = client.transaction(
    compare=[t.value("/p/a") == "3", t.version("/p/a") > 0], success=[t.put("/p/t", "s"), t.get("/p/a")], failure=[t.delete("/p/t")]
)
tell(succeeded, len(answers), [found[0] for found in answers[1]])
succeeded, answers = client.transaction(
    compare=[t.create("/p/none") > 0], success=[], failure=[t.delete("/p/t"), t.txn([], [t.put("/p/n", "n")], [])]
)
tell(succeeded, [type(answer).__name__ for answer in answers])

lease = client.lease(60)
client.put("/p/leased", "v", lease=lease)
tell(lease.granted_ttl, lease.remaining_ttl > 50, lease.keys, [answer.TTL for answer in lease.refresh()])
lease.revoke()
tell(pair(client.get("/p/leased")), client.get_lease_info(424242).TTL)

events, cancel = client.watch("/p/w")
client.put("/p/w", "1")
client.put("/p/w", "2")
client.delete("/p/w")
tell([(type(event).__name__, event.key, event.value) for _, event in zip(range(3), events)])
cancel()
revision = client.get("/p/a")[1].mod_revision
events, cancel = client.watch_prefix("/p/", start_revision=revision, prev_kv=True)
tell(type(next(events)).__name__)
cancel()
seen = []
watching = client.add_watch_callback("/p/callback", lambda response: seen.extend(response.events))
client.put("/p/callback", "1")
while not seen:
    time.sleep(0.02)
tell(seen[0].value)
client.cancel_watch(watching)
client.compact(revision)
events, cancel = client.watch("/p/a", start_revision=1)
try:
    next(events)
except etcd3.exceptions.RevisionCompactedError as error:
    tell("compacted", error.compacted_revision == revision)

with client.lock("lock") as held:
    tell(held.is_acquired())
tell(held.is_acquired())
members = list(client.members)
tell(len(members), members[0].name, len(members[0].client_urls), len(members[0].peer_urls))
status = client.status()
tell(status.version[0], status.db_size > 0, status.leader.id == members[0].id, type(client.hash()).__name__)
client.defragment()
tell(list(client.list_alarms()), [alarm.alarm_type for alarm in client.create_alarm()])
tell(refused(lambda: client.put("/p/full", "x")), [alarm.alarm_type for alarm in client.disarm_alarm()])
tell(refused(lambda: client.put("", "x")), refused(lambda: members[0].update(["nonsense"])), refused(lambda: client.remove_member(5)))
tell(refused(lambda: client.put("/p/x", "x", lease=77)), refused(lambda: client.put("/p/big", "v" * 1600000)))
file = io.BytesIO()
client.snapshot(file)
tell(len(file.getvalue()) % 512)
tell(client.delete_prefix("/p/").deleted)
client.close()
print(json.dumps(told))
