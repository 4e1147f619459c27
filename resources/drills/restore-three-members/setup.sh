etcdctl put /registry/configmaps/default/app {{token}} > /dev/null
drill writes 20
drill mark snapshot
etcdctl snapshot save /root/{{file}}.db > /dev/null
drill writes 10
for host in m1 m2 m3; do ssh $host 'systemctl kill -s SIGKILL etcd'; done
for host in m1 m2 m3; do
  until ! ssh $host pgrep etcd > /dev/null; do sleep 0.1; done
  ssh $host 'rm -rf /var/lib/etcd'
done
