# title: There is a snapshot, and a restore is the clean way
# fails: writes because /acknowledged writes are lost/
# fails: note because /is not there/
# costs: Everything since the snapshot is lost, although m1 had all of it on its disk.
systemctl stop etcd
mv /var/lib/etcd /var/lib/etcd.old
scp /root/nightly.db m2:/root/
scp /root/nightly.db m3:/root/
etcdutl snapshot restore /root/nightly.db --name m1 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m1.peer}} --data-dir /var/lib/etcd
ssh m2 etcdutl snapshot restore /root/nightly.db --name m2 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m2.peer}} --data-dir /var/lib/etcd
ssh m3 etcdutl snapshot restore /root/nightly.db --name m3 --initial-cluster {{cluster}} --initial-cluster-token again --initial-advertise-peer-urls {{m3.peer}} --data-dir /var/lib/etcd
for host in m1 m2 m3; do ssh $host systemctl start --no-block etcd; done
until etcdctl endpoint health --cluster; do sleep 0.5; done
