# title: That is what backups are for: restore the cluster
# fails: writes because /acknowledged writes are lost/
# fails: others because /not newer/
# fails: quorum because /quorum-lost/
# danger: quorum-lost
# costs: The keys are back, and everything that all others wrote since last night is gone.
for host in m2 m3; do scp /root/nightly.db $host:/root/; done
for host in m1 m2 m3; do ssh $host 'systemctl stop etcd; mv /var/lib/etcd /var/lib/etcd.old'; done
etcdutl snapshot restore /root/nightly.db --name m1 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m1.peer}} --data-dir /var/lib/etcd
ssh m2 etcdutl snapshot restore /root/nightly.db --name m2 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m2.peer}} --data-dir /var/lib/etcd
ssh m3 etcdutl snapshot restore /root/nightly.db --name m3 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m3.peer}} --data-dir /var/lib/etcd
for host in m1 m2 m3; do ssh $host systemctl start --no-block etcd; done
until etcdctl endpoint health --cluster; do sleep 0.5; done
