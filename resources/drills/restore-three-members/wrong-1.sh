# title: Restore m1 and let the empty m2 and m3 find it
# fails: one-cluster because /more than one cluster|do(es)? not answer/
# fails: healthy because /serve/
# costs: m2 and m3 start with empty folders and the old token as another cluster than m1, which waits for two members that never come. Members with an equal list but unequal data may even form a quorum without what was restored.
for host in m1 m2 m3; do ssh $host systemctl stop kube-apiserver; done
sleep 4
etcdutl snapshot restore /root/{{file}}.db --name m1 --initial-cluster {{cluster}} --initial-cluster-token etcd-{{token}} --initial-advertise-peer-urls {{m1.peer}} --data-dir /var/lib/etcd
for host in m1 m2 m3; do ssh $host systemctl start --no-block etcd; done
sleep 5
for host in m1 m2 m3; do ssh $host systemctl start kube-apiserver; done
