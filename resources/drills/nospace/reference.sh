etcdctl alarm list
rev=$(etcdctl endpoint status -w json | jq '.[0].Status.header.revision')
etcdctl compact --physical $rev
etcdctl defrag --cluster
etcdctl alarm disarm
etcdctl endpoint status --cluster -w table
