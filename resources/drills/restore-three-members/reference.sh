etcdutl snapshot status /root/{{file}}.db -w table
for host in m1 m2 m3; do ssh $host systemctl stop kube-apiserver; done
sleep 4
scp /root/{{file}}.db m2:/root/
scp /root/{{file}}.db m3:/root/
etcdutl snapshot restore /root/{{file}}.db --name m1 --initial-cluster {{cluster}} --initial-cluster-token etcd-{{token}} --initial-advertise-peer-urls {{m1.peer}} --data-dir /var/lib/etcd
ssh m2 etcdutl snapshot restore /root/{{file}}.db --name m2 --initial-cluster {{cluster}} --initial-cluster-token etcd-{{token}} --initial-advertise-peer-urls {{m2.peer}} --data-dir /var/lib/etcd
ssh m3 etcdutl snapshot restore /root/{{file}}.db --name m3 --initial-cluster {{cluster}} --initial-cluster-token etcd-{{token}} --initial-advertise-peer-urls {{m3.peer}} --data-dir /var/lib/etcd
for host in m2 m3; do ssh $host systemctl start etcd & done
systemctl start etcd
wait
until etcdctl endpoint health --cluster; do sleep 0.5; done
for host in m1 m2 m3; do ssh $host systemctl start kube-apiserver; done
