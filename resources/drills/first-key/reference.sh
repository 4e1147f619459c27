etcdctl put {{key}} {{value}}
rev=$(etcdctl get /notes/today -w json | jq .kvs[0].create_revision)
etcdctl get /notes/today --rev=$rev --print-value-only > /root/answer.txt
etcdctl del {{gone}}
