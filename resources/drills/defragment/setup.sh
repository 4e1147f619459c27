for round in 1 2 3 4; do drill fill /bulk/ 10 100000; done
etcdctl del --prefix /bulk/ > /dev/null
rev=$(etcdctl endpoint status -w json | jq '.[0].Status.header.revision')
etcdctl compact --physical $rev > /dev/null
drill lead {{leader}}
drill writes 5
