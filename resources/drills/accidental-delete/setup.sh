for n in $(seq {{count}}); do etcdctl put /config/{{team}}/$n value-$n-{{seed}} > /dev/null; done
etcdctl put /config/other/1 kept > /dev/null
drill writes 5
etcdctl snapshot save /root/nightly.db > /dev/null
drill writes 5
etcdctl put /config/other/1 newer > /dev/null
etcdctl del --prefix /config/{{team}}/ > /dev/null
drill writes 5
rev=$(etcdctl endpoint status -w json | jq '.[0].Status.header.revision')
etcdctl compact $rev > /dev/null
