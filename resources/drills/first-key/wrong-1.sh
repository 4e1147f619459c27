# title: The prefix is shorter to type
# fails: others because /0 keys under/
# costs: Every key under /old/ is gone, although only one was meant. Nothing asks before it deletes.
etcdctl put {{key}} {{value}}
rev=$(etcdctl get /notes/today -w json | jq .kvs[0].create_revision)
etcdctl get /notes/today --rev=$rev --print-value-only > /root/answer.txt
etcdctl del --prefix /old/
