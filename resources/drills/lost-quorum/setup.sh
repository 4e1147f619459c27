drill lead m1
drill writes 10
etcdctl snapshot save /root/nightly.db > /dev/null
etcdctl put /app/note {{note}} > /dev/null
drill writes 15
for host in m2 m3; do ssh $host 'systemctl kill -s SIGKILL etcd'; done
for host in m2 m3; do
  until ! ssh $host pgrep etcd > /dev/null; do sleep 0.1; done
  ssh $host 'rm -rf /var/lib/etcd'
done
