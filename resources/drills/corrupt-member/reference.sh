etcdctl endpoint hashkv --cluster
for host in m1 m2 m3; do echo $host $(etcdctl --endpoints=http://$host:2379 get --consistency=s --print-value-only /bank/{{account}}); done
echo {{victim}} > /root/answer.txt
id=$(etcdctl member list | grep ', {{victim}},' | cut -d, -f1)
until etcdctl member remove $id; do sleep 1; done
ssh {{victim}} 'systemctl stop etcd; mv /var/lib/etcd /var/lib/etcd.corrupt'
until etcdctl member add {{victim}} --peer-urls={{{{victim}}.peer}}; do sleep 1; done
ssh {{victim}} "sed -i 's|^initial-cluster-state:.*|initial-cluster-state: existing|' /etc/etcd/etcd.conf.yml"
ssh {{victim}} systemctl start etcd
until etcdctl endpoint health --cluster; do sleep 0.5; done
etcdctl endpoint hashkv --cluster
