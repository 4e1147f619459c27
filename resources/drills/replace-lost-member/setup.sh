etcdctl put /app/state ready > /dev/null
ssh {{dead}} 'systemctl kill -s SIGKILL etcd'
until ! ssh {{dead}} pgrep etcd > /dev/null; do sleep 0.1; done
ssh {{dead}} 'rm -rf /var/lib/etcd; systemctl disable etcd' 2> /dev/null
drill writes 10
