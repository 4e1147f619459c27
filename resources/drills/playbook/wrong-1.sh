# title: Back up right after the mistake, to be on the safe side
# fails: restored because /0 keys under/
# costs: The newest backup is one of the damage. The good one was overwritten with it, under the same name.
./etcdctl set key1 {{value}}
ETCDCTL_API=3 etcdctl snapshot save snapshot.db
/root/mistake.sh
rm snapshot.db
ETCDCTL_API=3 etcdctl snapshot save snapshot.db
service kube-apiserver stop
ETCDCTL_API=3 etcdctl snapshot restore snapshot.db --name m1 --initial-cluster m1=http://host1:2380,m2=http://host2:2380,m3=http://host3:2380 --initial-cluster-token etcd-cluster-1 --initial-advertise-peer-urls http://host1:2380
service etcd restart
service kube-apiserver start
