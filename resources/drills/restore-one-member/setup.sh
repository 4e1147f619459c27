for n in $(seq {{size}}); do etcdctl put /registry/deployments/{{name}}/web-$n "replicas: $n" > /dev/null; done
drill writes 10
drill mark nightly
etcdctl snapshot save /root/nightly.db > /dev/null
drill writes 5
etcdctl del --prefix /registry/deployments/{{name}}/ > /dev/null
