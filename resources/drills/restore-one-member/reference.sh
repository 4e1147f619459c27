systemctl stop kube-apiserver
etcdutl snapshot restore /root/nightly.db --data-dir /var/lib/etcd-restored --name m1 --initial-cluster m1={{m1.peer}} --initial-advertise-peer-urls {{m1.peer}}
sed -i 's|^data-dir:.*|data-dir: /var/lib/etcd-restored|' /etc/etcd/etcd.conf.yml
sleep 2
systemctl restart etcd
until etcdctl endpoint health; do sleep 0.5; done
systemctl start kube-apiserver
