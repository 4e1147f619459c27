./etcdctl set key1 {{value}}
./etcdctl get key1
ETCDCTL_API=3 etcdctl --endpoints http://127.0.0.1:4001 **snapshot save** snapshotdb --cert-file /xxx --key-file /... --ca-file
ls
ETCDCTL_API=3 etcdctl snapshot status snapshot.db
/root/mistake.sh
service kube-apiserver stop
ETCDCTL_API=3 etcdctl snapshot restore snapshot.db \
  --name m1 \
  --initial-cluster m1=http://host1:2380,m2=http://host2:2380,m3=http://host3:2380 \
  --initial-cluster-token etcd-cluster-1 \
  --initial-advertise-peer-urls http://host1:2380
systemctl daemon reload
service etcd restart
service kube-apiser start
